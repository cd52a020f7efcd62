package dev.tidemark.history;

import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Something that is done again and again on a thread of its own, until this is closed.
 */
public final class Repeated implements AutoCloseable {

	private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();

	private final ScheduledFuture<?> repetition;

	private Repeated(Action action, long pause, TimeUnit unit) {
		this.repetition = this.thread.scheduleWithFixedDelay(() -> perform(action), 0, pause, unit);
	}

	public static Repeated every(long pause, TimeUnit unit, Action action) {
		return new Repeated(action, pause, unit);
	}

	private static void perform(Action action) {
		try {
			action.perform();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Wait for the end of what is being done, and throw what it has failed with.
	 */
	@Override
	public void close() throws Exception {
		this.repetition.cancel(false);
		this.thread.shutdown();
		if (!this.thread.awaitTermination(1, TimeUnit.MINUTES)) {
			throw new IllegalStateException("It does not end");
		}
		try {
			this.repetition.get();
		}
		catch (CancellationException ex) {
			// It went on until now.
		}
	}

	/**
	 * What is done.
	 */
	@FunctionalInterface
	public interface Action {

		void perform() throws Exception;

	}

}
