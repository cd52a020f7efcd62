package dev.tidemark.fault.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import dev.tidemark.history.Failure;
import dev.tidemark.history.Read;

/**
 * When all reads were served by all replicas again, as a function of the reads.
 */
final class Recovery {

	private Recovery() {
	}

	/**
	 * Return how long it took from a moment until no read failed or ran on another server
	 * than these, and each of them had served one.
	 * @param lasts how long that has to last, in nanoseconds
	 * @return nanoseconds, empty if that has not lasted for long enough by now
	 */
	static OptionalLong of(List<Read> reads, List<Failure> failures, long since, long now, long lasts,
			Set<String> servers) {
		long lastBad = LongStream
			.concat(reads.stream().filter((read) -> !servers.contains(read.seen().server())).mapToLong(Read::end),
					failures.stream().mapToLong(Failure::end))
			.filter((end) -> end >= since)
			.max()
			.orElse(since);
		Map<String, Long> first = new HashMap<>();
		reads.stream()
			.filter((read) -> read.start() >= lastBad)
			.forEach((read) -> first.merge(read.seen().server(), read.end(), Math::min));
		if (now - lastBad < lasts || !first.keySet().equals(servers)) {
			return OptionalLong.empty();
		}
		return OptionalLong.of(Stream.concat(first.values().stream(), Stream.of(lastBad))
			.mapToLong(Long::longValue)
			.max()
			.orElseThrow() - since);
	}

}
