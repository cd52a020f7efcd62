package dev.tidemark.wal;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is known of all servers at one moment: the facts behind a routing decision.
 * Immutable and thread-safe.
 *
 * @param primary the primary
 * @param replicas the replicas, in the order in which they were configured
 */
public record ClusterStatus(PrimaryStatus primary, List<ReplicaStatus> replicas) {

	/**
	 * Create a status.
	 */
	public ClusterStatus {
		replicas = List.copyOf(replicas);
	}

	/**
	 * Return the current timeline: the primary's, or the latest that a replica knows of
	 * until a primary has answered.
	 * @return the timeline, empty if none is known
	 */
	public OptionalInt timeline() {
		WalPosition current = this.primary.position();
		return (current != null) ? OptionalInt.of(current.timeline())
				: this.replicas.stream()
					.map(ReplicaStatus::position)
					.filter(Objects::nonNull)
					.mapToInt(WalPosition::timeline)
					.max();
	}

	/**
	 * Find a replica.
	 * @param name the name of the replica
	 * @return what is known of it, empty if there is none of this name
	 */
	public Optional<ReplicaStatus> replica(String name) {
		return this.replicas.stream().filter((replica) -> replica.name().equals(name)).findFirst();
	}

	/**
	 * Return the bytes of log a replica has not replayed yet.
	 * @param replica the replica
	 * @return bytes, or {@code -1} if they are not known, or if the server hides its log
	 */
	public long lagBytes(ReplicaStatus replica) {
		WalPosition current = this.primary.position();
		WalPosition replayed = replica.position();
		if (current == null || replayed == null || current.timeline() != replayed.timeline()
				|| current.timeline() == WalPosition.CLOCK) {
			return -1;
		}
		return current.bytesAhead(replayed);
	}

}
