package dev.tidemark.history;

import java.util.List;
import java.util.stream.Stream;

import dev.tidemark.ConsistencyLevel;

/**
 * MR: a read at level SESSION sees nothing older than what a read of the same user at
 * level SESSION or PRIMARY saw that ended before it began. What was seen at a weaker
 * level does not count, and visitors without a user key are not promised it.
 */
final class MonotonicReads implements Checker {

	@Override
	public List<Violation> check(History history) {
		LeastVersions seen = LeastVersions.of(history.reads()
			.stream()
			.filter((read) -> isPromised(read) || read.level() == ConsistencyLevel.PRIMARY)
			.flatMap(MonotonicReads::seen));
		return seen.missedBy("MR", history.reads().stream().filter(MonotonicReads::isPromised),
				(read, row) -> List.of(read.client(), row), Read::start);
	}

	private static boolean isPromised(Read read) {
		return read.level() == ConsistencyLevel.SESSION && !read.visitor();
	}

	private static Stream<LeastVersions.Entry> seen(Read read) {
		return read.seen()
			.versions()
			.entrySet()
			.stream()
			.map((row) -> new LeastVersions.Entry(List.of(read.client(), row.getKey()), row.getValue(), read.end(),
					read + " saw " + row));
	}

}
