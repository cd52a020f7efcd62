package dev.tidemark.history;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

import dev.tidemark.ConsistencyLevel;

/**
 * The share of reads that run on replicas, among those that do not ask for the primary.
 */
public final class Offload {

	private Offload() {
	}

	/**
	 * Return the share that ran on replicas.
	 */
	public static double measured(History history) {
		return share(history, (read) -> read.seen().onReplica());
	}

	/**
	 * Return the share that would have run on replicas if each write had sent the reads
	 * of its client to the primary for a time, as {@code SETEX wrote:{user} 60} does.
	 * @param history what happened
	 * @param ttl the time
	 */
	static double ofRecipe(History history, Duration ttl) {
		LeastVersions lastWrites = LeastVersions.of(history.writes()
			.stream()
			.map((write) -> new LeastVersions.Entry(write.client(), write.acknowledged() + 1, write.acknowledged(),
					write)));
		return share(history, (read) -> {
			long last = lastWrites.at(read.client(), read.start());
			return last == 0 || read.start() - (last - 1) >= ttl.toNanos();
		});
	}

	private static double share(History history, Predicate<Read> onReplica) {
		List<Read> reads = reads(history).toList();
		return (double) reads.stream().filter(onReplica).count() / reads.size();
	}

	private static Stream<Read> reads(History history) {
		return history.reads().stream().filter((read) -> read.level() != ConsistencyLevel.PRIMARY);
	}

}
