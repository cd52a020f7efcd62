package dev.tidemark.history;

import java.util.List;

/**
 * RYW: a read sees every write of the same client that was acknowledged before it began.
 */
public final class ReadYourWrites implements Checker {

	@Override
	public List<Violation> check(History history) {
		LeastVersions written = LeastVersions.of(history.writes()
			.stream()
			.map((write) -> new LeastVersions.Entry(List.of(write.client(), write.row()), write.version(),
					write.acknowledged(), write)));
		return written.missedBy("RYW", history.reads().stream().filter(ReadYourWrites::isPromised),
				(read, row) -> List.of(read.client(), row), Read::start);
	}

	private static boolean isPromised(Read read) {
		return switch (read.level()) {
			case READ_YOUR_WRITES, SESSION, PRIMARY -> true;
			case EVENTUAL, BOUNDED_STALENESS -> false;
		};
	}

}
