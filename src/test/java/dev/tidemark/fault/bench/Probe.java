package dev.tidemark.fault.bench;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import dev.tidemark.history.Backend;
import dev.tidemark.history.Failure;
import dev.tidemark.history.Plan;
import dev.tidemark.history.PlannedSession;
import dev.tidemark.history.Read;
import dev.tidemark.history.Recorder;
import dev.tidemark.history.Step;
import dev.tidemark.history.Step.Action;
import dev.tidemark.history.Step.Place;
import org.jspecify.annotations.Nullable;

/**
 * Finds out when all replicas serve all reads again: reads again and again, each time as
 * somebody who has never been there before.
 */
final class Probe implements AutoCloseable {

	private static final int THREADS = 4;

	private static final long PAUSE_MILLIS = 40;

	/**
	 * Who reads the primary more often than the replicas lag stays there.
	 */
	private static final int RARELY = 50;

	/**
	 * How long all replicas have to serve all reads until that counts.
	 */
	private static final long LASTS = TimeUnit.MILLISECONDS.toNanos(300);

	/**
	 * The same where somebody reads rarely.
	 */
	private static final long LASTS_RARELY = TimeUnit.SECONDS.toNanos(1);

	private final Recorder recorder;

	private final String prefix;

	private final int instances;

	private final AtomicInteger number = new AtomicInteger();

	private volatile @Nullable String known;

	private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(THREADS);

	private Probe(Backend backend, String prefix, int instances) {
		this.recorder = new Recorder(backend, Duration.ofDays(1));
		this.prefix = prefix;
		this.instances = instances;
	}

	static Probe start(Backend backend, String prefix, int instances) {
		Probe probe = new Probe(backend, prefix, instances);
		for (int thread = 0; thread < THREADS; thread++) {
			probe.threads.scheduleWithFixedDelay(probe::read, thread * PAUSE_MILLIS / THREADS, PAUSE_MILLIS,
					TimeUnit.MILLISECONDS);
		}
		return probe;
	}

	/**
	 * Have somebody read too who has been there before.
	 */
	void include(String user) {
		this.known = user;
	}

	private void read() {
		int number = this.number.getAndIncrement();
		String known = this.known;
		String user = (known != null && number % RARELY == 0) ? known : this.prefix + "probe" + number;
		PlannedSession session = new PlannedSession(user, false, List.of());
		try {
			this.recorder.attempt(session, new Step(Action.READ_SESSION, Place.SAME_THREAD, number % this.instances, "",
					List.of(this.prefix + Plan.SHARED_ROW)));
		}
		catch (Exception ex) {
			// The recorder has it.
		}
	}

	long now() {
		return this.recorder.now();
	}

	/**
	 * Return when all reads are served by all of these servers again.
	 * @param since what came before does not count
	 * @param servers the names of the servers
	 * @return how long after that it was, in nanoseconds; empty if it is not known yet
	 */
	OptionalLong recovery(long since, Set<String> servers) {
		return Recovery.of(this.recorder.history().reads(), this.recorder.failures(), since, now(),
				(this.known != null) ? LASTS_RARELY : LASTS, servers);
	}

	/**
	 * Return what failed so far.
	 */
	List<Failure> failures() {
		return this.recorder.failures();
	}

	/**
	 * Return where the latest reads ran, for people.
	 */
	Object latest() {
		return this.recorder.history()
			.reads()
			.stream()
			.sorted(Comparator.comparingLong(Read::end).reversed())
			.limit(100)
			.collect(Collectors.groupingBy(
					(read) -> read.client().replaceAll("\\d+$", "") + " on " + read.seen().server(),
					Collectors.counting()));
	}

	@Override
	public void close() {
		this.threads.shutdownNow();
	}

}
