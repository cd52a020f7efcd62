package dev.tidemark.wal;

import java.util.List;

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
	 * Return the bytes of log a replica has not replayed yet.
	 * @param replica the replica
	 * @return bytes, or {@code -1} if they are not known
	 */
	public long lagBytes(ReplicaStatus replica) {
		WalPosition current = this.primary.position();
		WalPosition replayed = replica.position();
		if (current == null || replayed == null || current.timeline() != replayed.timeline()) {
			return -1;
		}
		return current.bytesAhead(replayed);
	}

}
