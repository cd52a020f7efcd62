package dev.tidemark.history;

import java.util.List;

/**
 * BOUND: a read, at every level, sees everything that was acknowledged to anybody longer
 * than its limit before it began.
 */
public final class BoundedStaleness implements Checker {

	@Override
	public List<Violation> check(History history) {
		return acknowledged(history).missedBy("BOUND", history.reads().stream(), (read, row) -> row,
				(read) -> read.start() - read.limit().toNanos());
	}

	/**
	 * Return what was acknowledged to anybody, by row.
	 */
	static LeastVersions acknowledged(History history) {
		return LeastVersions.of(history.writes()
			.stream()
			.map((write) -> new LeastVersions.Entry(write.row(), write.version(), write.acknowledged(), write)));
	}

}
