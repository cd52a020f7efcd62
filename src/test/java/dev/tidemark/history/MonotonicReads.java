package dev.tidemark.history;

import java.util.List;
import java.util.stream.Stream;

import dev.tidemark.ConsistencyLevel;

/**
 * MR: a read at level SESSION sees nothing older than what a read of the same client at
 * level SESSION or PRIMARY saw that ended before it began. What was seen at a weaker
 * level does not count.
 * <p>
 * PostgreSQL may show a commit on a replica before it shows it on the primary, where it
 * is visible when it is acknowledged at the latest. A read on the primary that misses a
 * commit which was not acknowledged to anybody when the read began sees the newest state
 * that there is: such a read is found by {@link #early} and is no violation.
 */
public final class MonotonicReads implements Checker {

	private final boolean early;

	private MonotonicReads(boolean early) {
		this.early = early;
	}

	public MonotonicReads() {
		this(false);
	}

	/**
	 * A checker that finds the reads on the primary, and only these, that miss what a
	 * replica has shown before it was acknowledged.
	 */
	static Checker early() {
		return new MonotonicReads(true);
	}

	@Override
	public List<Violation> check(History history) {
		LeastVersions seen = LeastVersions.of(history.reads()
			.stream()
			.filter((read) -> isPromised(read) || read.level() == ConsistencyLevel.PRIMARY)
			.flatMap(MonotonicReads::seen));
		LeastVersions acknowledged = BoundedStaleness.acknowledged(history);
		return seen
			.missedBy("MR", history.reads().stream().filter(MonotonicReads::isPromised),
					(read, row) -> List.of(read.client(), row), Read::start)
			.stream()
			.filter((violation) -> isEarly(violation, acknowledged) == this.early)
			.toList();
	}

	private static boolean isPromised(Read read) {
		return read.level() == ConsistencyLevel.SESSION;
	}

	private static Stream<LeastVersions.Entry> seen(Read read) {
		return read.seen()
			.versions()
			.entrySet()
			.stream()
			.map((row) -> new LeastVersions.Entry(List.of(read.client(), row.getKey()), row.getValue(), read.end(),
					read + " saw " + row));
	}

	private static boolean isEarly(Violation violation, LeastVersions acknowledged) {
		Read read = violation.read();
		return !read.seen().onReplica() && acknowledged.at(violation.row(), read.start()) <= violation.seen();
	}

}
