package dev.tidemark.wal;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What is known of one replica. Immutable and thread-safe.
 *
 * @param name the name from {@code tidemark.replicas.<name>}
 * @param state what is wrong with it, if anything
 * @param position the position it is known to have replayed: a lower bound; {@code null}
 * if nothing is known
 * @param sampledAt when it was last asked with success, by {@link System#nanoTime()};
 * meaningless while {@code position} is {@code null}
 * @param completeAsOf a moment by {@link System#nanoTime()} such that the replica holds
 * everything committed before; {@code null} if no such moment is known
 * @param runSince when it first answered in its present run, by
 * {@link System#nanoTime()}: before, it may have shown a later state than now;
 * meaningless while {@code position} is {@code null}
 * @param replicaSince when it was first seen to be a replica again after it was none, by
 * {@link System#nanoTime()}; {@code null} if it was never seen to be none
 */
public record ReplicaStatus(String name, ReplicaState state, @Nullable WalPosition position, long sampledAt,
		@Nullable Long completeAsOf, long runSince, @Nullable Long replicaSince) {

	private static final Duration UNKNOWN = Duration.ofNanos(Long.MAX_VALUE);

	/**
	 * Create the status of a replica that was never seen to be anything else.
	 * @param name the name
	 * @param state what is wrong with it, if anything
	 * @param position the position it is known to have replayed
	 * @param sampledAt when it was last asked with success
	 * @param completeAsOf a moment such that it holds everything committed before
	 * @param runSince when it first answered in its present run
	 */
	public ReplicaStatus(String name, ReplicaState state, @Nullable WalPosition position, long sampledAt,
			@Nullable Long completeAsOf, long runSince) {
		this(name, state, position, sampledAt, completeAsOf, runSince, null);
	}

	static ReplicaStatus unknown(String name) {
		return new ReplicaStatus(name, ReplicaState.STARTING, null, 0, null, 0);
	}

	ReplicaStatus withState(ReplicaState state) {
		return new ReplicaStatus(this.name, state, this.position, this.sampledAt, this.completeAsOf, this.runSince,
				this.replicaSince);
	}

	ReplicaStatus withoutStalenessBound() {
		return new ReplicaStatus(this.name, this.state, this.position, this.sampledAt, null, this.runSince,
				this.replicaSince);
	}

	/**
	 * Return how stale the replica can be at most.
	 * @param now the current {@link System#nanoTime()}
	 * @return an upper bound, the longest possible duration if none is known
	 */
	public Duration stalenessBound(long now) {
		return (this.completeAsOf != null) ? Duration.ofNanos(Math.max(0, now - this.completeAsOf)) : UNKNOWN;
	}

	/**
	 * Return the lag as it was measured by the last answer. Without a current answer it
	 * grows.
	 * @param now the current {@link System#nanoTime()}
	 * @return an upper bound, the longest possible duration if none is known
	 */
	public Duration lag(long now) {
		boolean answers = this.state == ReplicaState.REPLICATING || this.state == ReplicaState.DRAINED;
		return stalenessBound(answers ? this.sampledAt : now);
	}

	/**
	 * Return whether a bound on the staleness is known.
	 * @return {@code false} if {@link #stalenessBound(long)} says nothing
	 */
	public boolean hasStalenessBound() {
		return this.completeAsOf != null;
	}

	/**
	 * Return whether the replica holds everything that it may have shown in earlier runs.
	 * A replica that restarts can come back older than it was.
	 * @return {@code true} only if it is known
	 */
	public boolean isNoOlderThanItWas() {
		return isCompleteAsOf(this.runSince);
	}

	/**
	 * Return whether the replica holds everything committed before a moment.
	 * @param moment the moment, by {@link System#nanoTime()}
	 * @return {@code true} only if it is known
	 */
	public boolean isCompleteAsOf(long moment) {
		return this.completeAsOf != null && this.completeAsOf - moment >= 0;
	}

	/**
	 * Return whether the replica is known to have replayed the given position.
	 * @param position the position asked for
	 * @return {@code true} only if it is known
	 */
	public boolean hasReplayed(WalPosition position) {
		return this.position != null && position.isReachedBy(this.position);
	}

}
