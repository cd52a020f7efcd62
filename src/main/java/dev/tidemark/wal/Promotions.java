package dev.tidemark.wal;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Which server is the primary. A replica that was promoted is it from when the one that
 * was known before is not to be had. It stays that until the configured address leads to
 * a primary on its timeline or a later one. Immutable and thread-safe.
 *
 * @param since when each replica that is none now was first seen to be none, by
 * {@link System#nanoTime()}
 */
record Promotions(Map<String, Long> since) {

	/**
	 * No replica was promoted.
	 */
	static final Promotions NONE = new Promotions(Map.of());

	/**
	 * How long a server may have been promoted beside a primary that goes on to answer:
	 * after that it was not meant to replace it.
	 */
	private static final long STRAY = TimeUnit.SECONDS.toNanos(10);

	Promotions {
		since = Map.copyOf(since);
	}

	/**
	 * Take note of what a replica said.
	 * @param name the name of the replica
	 * @param sample what it said
	 * @return what to go by from now on
	 */
	Promotions answered(String name, ServerSample sample) {
		if (sample.inRecovery() != this.since.containsKey(name)) {
			return this;
		}
		Map<String, Long> next = new LinkedHashMap<>(this.since);
		if (sample.inRecovery()) {
			next.remove(name);
		}
		else {
			next.put(name, sample.requestedAt());
		}
		return new Promotions(next);
	}

	/**
	 * Return whether a replica takes the place of the primary.
	 * @param name the name of the replica
	 * @param sample what it said
	 * @param primary the primary that was known before
	 * @param last what that one said last, {@code null} if none has ever answered
	 * @param replicas what each replica said last
	 * @return {@code true} if it is the primary from now on
	 */
	boolean mayFollow(String name, ServerSample sample, PrimaryStatus primary, @Nullable ServerSample last,
			Collection<ServerSample> replicas) {
		if (last == null || !primary.isAway() || problemOf(sample, primary) != null) {
			return false;
		}
		boolean later = timeline(sample) > timeline(last)
				&& (!isStray(name, last) || isConfirmed(sample, primary, replicas));
		return later || last.sameRunAs(sample);
	}

	/**
	 * Return why a server can't be the primary.
	 * @param sample what the server said
	 * @param primary what is known of the primary
	 * @return {@code null} if it can be
	 */
	static @Nullable PrimaryProblem problemOf(ServerSample sample, PrimaryStatus primary) {
		String known = primary.systemIdentifier();
		WalPosition before = primary.position();
		WalPosition position = sample.position();
		if (known != null && !known.equals(sample.systemIdentifier())) {
			return PrimaryProblem.FOREIGN_CLUSTER;
		}
		if (sample.inRecovery() || position == null) {
			return PrimaryProblem.IN_RECOVERY;
		}
		return (before != null && position.timeline() < before.timeline()) ? PrimaryProblem.OLD_TIMELINE : null;
	}

	private static int timeline(ServerSample sample) {
		WalPosition position = sample.position();
		return (position != null) ? position.timeline() : 0;
	}

	private boolean isStray(String name, ServerSample primary) {
		Long promoted = this.since.get(name);
		return promoted != null && primary.requestedAt() - promoted > STRAY;
	}

	/**
	 * The old primary or another replica has joined the new timeline.
	 */
	private static boolean isConfirmed(ServerSample promoted, PrimaryStatus primary,
			Collection<ServerSample> replicas) {
		return primary.problem() == PrimaryProblem.IN_RECOVERY || replicas.stream()
			.anyMatch((sample) -> sample.inRecovery() && timeline(sample) == timeline(promoted)
					&& sample.systemIdentifier().equals(promoted.systemIdentifier()));
	}

}
