package dev.tidemark.fault.bench;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

import dev.tidemark.history.Plan;
import dev.tidemark.history.Plan.EndlessSession;
import dev.tidemark.history.Recorder;
import dev.tidemark.history.Repeated;

/**
 * Clients that take one step after the other until this is closed. What fails is
 * recorded, and the client goes on.
 */
final class Load implements AutoCloseable {

	private static final int CLIENTS = 12;

	private static final long THINKING_MILLIS = 10;

	private final Recorder recorder;

	private final String prefix;

	private final ScheduledExecutorService clients = Executors.newScheduledThreadPool(CLIENTS);

	private final ReadWriteLock gate = new ReentrantReadWriteLock(true);

	private Load(Recorder recorder, String prefix) {
		this.recorder = recorder;
		this.prefix = prefix;
	}

	static Load start(Recorder recorder, String prefix, long seed, int instances) {
		Load load = new Load(recorder, prefix);
		for (EndlessSession session : Plan.endless(prefix, seed, CLIENTS, instances)) {
			load.clients.scheduleWithFixedDelay(() -> load.step(session), 0, THINKING_MILLIS, TimeUnit.MILLISECONDS);
		}
		return load;
	}

	/**
	 * Return what the names of all rows begin with.
	 */
	String prefix() {
		return this.prefix;
	}

	private void step(EndlessSession session) {
		Lock passage = this.gate.readLock();
		passage.lock();
		try {
			this.recorder.attempt(session.session(), session.steps().get());
		}
		catch (Exception ex) {
			// The recorder has it.
		}
		finally {
			passage.unlock();
		}
	}

	/**
	 * Let nobody take a step until the action is done.
	 */
	void whileStill(Repeated.Action action) throws Exception {
		Lock closed = this.gate.writeLock();
		closed.lock();
		try {
			action.perform();
		}
		finally {
			closed.unlock();
		}
	}

	/**
	 * Wait for the steps that are under way.
	 */
	@Override
	public void close() {
		this.clients.shutdown();
		try {
			if (!this.clients.awaitTermination(2, TimeUnit.MINUTES)) {
				throw new IllegalStateException("Steps have hung for two minutes");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
