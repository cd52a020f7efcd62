package dev.tidemark.history;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.history.Step.Action;
import dev.tidemark.ReadConsistencyUnavailableException;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Performs steps and records what came out of them. Thread-safe.
 */
public final class Recorder {

	private static final Duration OWN_LIMIT = DurationStyle.detectAndParse(Cells.OWN_LIMIT);

	private final Backend backend;

	private final Duration maxStaleness;

	private final long origin = System.nanoTime();

	private final Queue<Write> writes = new ConcurrentLinkedQueue<>();

	private final Queue<Read> reads = new ConcurrentLinkedQueue<>();

	private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();

	/**
	 * Create a recorder.
	 * @param backend takes the steps to the servers
	 * @param maxStaleness the staleness that every read is promised
	 */
	public Recorder(Backend backend, Duration maxStaleness) {
		this.backend = backend;
		this.maxStaleness = maxStaleness;
	}

	/**
	 * Perform a step. A read may fail, on a replica that was just lost; a write may not.
	 * @param session the session
	 * @param step the step
	 * @throws Exception if a write failed, or a read for an unexpected reason
	 */
	void perform(PlannedSession session, Step step) throws Exception {
		try {
			attempt(session, step);
		}
		catch (DataAccessException | TransactionException | ReadConsistencyUnavailableException ex) {
			if (step.action().writes()) {
				throw ex;
			}
		}
	}

	/**
	 * Perform a step. What it fails with is recorded too.
	 * @param session the session
	 * @param step the step
	 * @throws Exception if it failed
	 */
	public void attempt(PlannedSession session, Step step) throws Exception {
		long start = now();
		try {
			Result result = this.backend.perform(session, step);
			record(session, step, result, start, now());
		}
		catch (Exception ex) {
			this.failures.add(new Failure(session.client(), step.action(), ex, start, now()));
			throw ex;
		}
	}

	/**
	 * Return the time by which everything is recorded.
	 * @return nanoseconds since this was created
	 */
	public long now() {
		return System.nanoTime() - this.origin;
	}

	private void record(PlannedSession session, Step step, Result result, long start, long end) {
		if (result.version() != null) {
			this.writes.add(new Write(session.client(), step.written(), result.version(), start, end, step.instance()));
		}
		if (result.seen() != null) {
			this.reads.add(new Read(session.client(), session.visitor(), step.action().writes(), step.action().level(),
					limit(step.action()), result.seen(), start, end, step.instance()));
		}
	}

	private Duration limit(Action action) {
		return (action.level() == ConsistencyLevel.BOUNDED_STALENESS && OWN_LIMIT.compareTo(this.maxStaleness) < 0)
				? OWN_LIMIT : this.maxStaleness;
	}

	/**
	 * Return what was written and seen until now.
	 */
	public History history() {
		return new History(List.copyOf(this.writes), List.copyOf(this.reads));
	}

	/**
	 * Return what failed until now.
	 */
	public List<Failure> failures() {
		return List.copyOf(this.failures);
	}

	/**
	 * Return how many reads failed, by SQLState.
	 */
	Map<String, Long> failedReads() {
		return this.failures.stream()
			.filter((failure) -> !failure.action().writes())
			.collect(Collectors.groupingBy(Failure::kind, TreeMap::new, Collectors.counting()));
	}

}
