package dev.tidemark.history;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.history.Step.Action;
import dev.tidemark.ReadConsistencyUnavailableException;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Performs steps and records what came out of them. Thread-safe.
 */
final class Recorder {

	private static final Duration OWN_LIMIT = DurationStyle.detectAndParse(Cells.OWN_LIMIT);

	private final Backend backend;

	private final Duration maxStaleness;

	private final long origin = System.nanoTime();

	private final Queue<Write> writes = new ConcurrentLinkedQueue<>();

	private final Queue<Read> reads = new ConcurrentLinkedQueue<>();

	private final Map<String, Integer> failedReads = new ConcurrentSkipListMap<>();

	/**
	 * Create a recorder.
	 * @param backend takes the steps to the servers
	 * @param maxStaleness the staleness that every read is promised
	 */
	Recorder(Backend backend, Duration maxStaleness) {
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
		long start = now();
		try {
			Result result = this.backend.perform(session, step);
			record(session, step, result, start, now());
		}
		catch (DataAccessException | TransactionException | ReadConsistencyUnavailableException ex) {
			if (step.action().writes()) {
				throw ex;
			}
			this.failedReads.merge(sqlState(ex), 1, Integer::sum);
		}
	}

	private long now() {
		return System.nanoTime() - this.origin;
	}

	private void record(PlannedSession session, Step step, Result result, long start, long end) {
		if (result.version() != null) {
			this.writes.add(new Write(session.client(), step.written(), result.version(), start, end, step.instance()));
		}
		if (result.seen() != null) {
			this.reads.add(new Read(session.client(), session.visitor(), step.action().level(), limit(step.action()),
					result.seen(), start, end, step.instance()));
		}
	}

	private Duration limit(Action action) {
		return (action.level() == ConsistencyLevel.BOUNDED_STALENESS && OWN_LIMIT.compareTo(this.maxStaleness) < 0)
				? OWN_LIMIT : this.maxStaleness;
	}

	History history() {
		return new History(List.copyOf(this.writes), List.copyOf(this.reads));
	}

	/**
	 * Return how many reads failed, by SQLState.
	 */
	Map<String, Integer> failedReads() {
		return this.failedReads;
	}

	private static String sqlState(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof SQLException ex && ex.getSQLState() != null) {
				return ex.getSQLState();
			}
		}
		return failure.getClass().getSimpleName();
	}

}
