package dev.tidemark.fault.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ReadConsistencyUnavailableException;
import dev.tidemark.history.BoundedStaleness;
import dev.tidemark.history.Failure;
import dev.tidemark.history.History;
import dev.tidemark.history.MonotonicReads;
import dev.tidemark.history.Read;
import dev.tidemark.history.ReadYourWrites;
import dev.tidemark.history.Step.Action;
import dev.tidemark.history.Violation;
import dev.tidemark.history.Write;

/**
 * What a fault did to an application.
 *
 * @param requests how many reads and writes there were
 * @param failedReads reads that failed, those by which the recovery is watched included
 * @param refusedReads reads for which no server could be shown to be fresh enough
 * @param primaryReads reads of the primary itself that failed
 * @param failedWrites writes that failed
 * @param slowestRead the slowest read, failed ones included, those of a step that wrote
 * as well not
 * @param slowestWrite the slowest write, failed ones included
 * @param meanRead the mean of the reads while the fault lasted
 * @param violations reads that saw less than they were promised
 * @param lost writes that were acknowledged and are not there
 * @param repeated writes that are there more than once
 * @param primaryShare the share of the reads that need not run on the primary and did,
 * while the fault lasted
 * @param recovery nanoseconds from the end of the fault until all replicas served all
 * reads, empty if they never did
 */
record Measured(int requests, List<Failure> failedReads, int refusedReads, int primaryReads, List<Failure> failedWrites,
		Duration slowestRead, Duration slowestWrite, Duration meanRead, List<Violation> violations, int lost,
		int repeated, double primaryShare, OptionalLong recovery) {

	/**
	 * Measure.
	 * @param history what the clients did with success
	 * @param failures what failed
	 * @param probed what failed for those who watch the recovery
	 */
	static Measured of(History history, List<Failure> failures, List<Failure> probed, long begin, long end,
			Ledger ledger, OptionalLong recovery) {
		List<Failure> answered = failures.stream().filter((failure) -> !isUnanswered(failure)).toList();
		List<Failure> reads = answered.stream().filter((failure) -> !failure.action().writes()).toList();
		List<Failure> writes = answered.stream().filter((failure) -> failure.action().writes()).toList();
		List<Read> meanwhile = history.reads()
			.stream()
			.filter((read) -> read.start() >= begin && read.start() < end && read.level() != ConsistencyLevel.PRIMARY)
			.toList();
		return new Measured(history.reads().size() + history.writes().size() + failures.size(),
				Stream.concat(reads.stream(), probed.stream().filter((failure) -> !isUnanswered(failure)))
					.filter((failure) -> !isRefused(failure) && !needsPrimary(failure))
					.toList(),
				(int) reads.stream().filter(Measured::isRefused).count(),
				(int) reads.stream().filter((failure) -> needsPrimary(failure) && !isRefused(failure)).count(), writes,
				slowest(Stream.concat(
						history.reads()
							.stream()
							.filter((read) -> !read.inWrite())
							.map((read) -> read.end() - read.start()),
						reads.stream().map((failure) -> failure.end() - failure.start()))),
				slowest(Stream.concat(history.writes().stream().map((write) -> write.acknowledged() - write.start()),
						writes.stream().map((failure) -> failure.end() - failure.start()))),
				mean(meanwhile), violations(history), ledger.lost(history.writes()), ledger.repeated(),
				share(meanwhile), recovery);
	}

	/**
	 * The instance itself was gone.
	 */
	private static boolean isUnanswered(Failure failure) {
		return failure.cause() instanceof IOException;
	}

	private static boolean isRefused(Failure failure) {
		return failure.cause() instanceof ReadConsistencyUnavailableException;
	}

	/**
	 * A read outside a transaction is not repeated if it loses the primary, where it may
	 * have written.
	 */
	private static boolean needsPrimary(Failure failure) {
		return failure.action().level() == ConsistencyLevel.PRIMARY
				|| failure.action() == Action.READ_OUTSIDE_TRANSACTION;
	}

	private static Duration slowest(Stream<Long> nanos) {
		return Duration.ofNanos(nanos.mapToLong(Long::longValue).max().orElse(0));
	}

	private static Duration mean(List<Read> reads) {
		return Duration
			.ofNanos((long) reads.stream().mapToLong((read) -> read.end() - read.start()).average().orElse(0));
	}

	private static double share(List<Read> reads) {
		return reads.isEmpty() ? 0
				: (double) reads.stream().filter((read) -> !read.seen().onReplica()).count() / reads.size();
	}

	private static List<Violation> violations(History history) {
		return Stream.of(new ReadYourWrites(), new MonotonicReads(), new BoundedStaleness())
			.flatMap((checker) -> checker.check(history).stream())
			.toList();
	}

	/**
	 * What the primary says was written.
	 */
	interface Ledger {

		int lost(List<Write> acknowledged);

		int repeated();

	}

}
