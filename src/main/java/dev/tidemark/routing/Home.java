package dev.tidemark.routing;

import java.time.Duration;
import java.util.List;

import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.PrimaryStatus;
import dev.tidemark.wal.ReplicaStatus;

/**
 * Where a user reads at level SESSION. Immutable and thread-safe.
 * <p>
 * A replica that becomes the primary hands its users to the next one, and gets them back
 * when it is a replica again. Instances learn of either at different times. Those that do
 * not know yet go by what the primary told before: for max-staleness, then no replica is
 * within it. So the replica that takes over serves once it holds everything committed by
 * then.
 *
 * @param replica the replica
 * @param proven whether it is known to hold all that its users can have seen on the one
 * before
 */
record Home(ReplicaStatus replica, boolean proven) {

	/**
	 * Find a user's home.
	 * @param order the names of all replicas, in the order in which they serve the user
	 * @param cluster what is known of the servers
	 * @param maxStaleness the application's limit
	 * @return the home
	 */
	static Home of(List<String> order, ClusterStatus cluster, Duration maxStaleness) {
		PrimaryStatus primary = cluster.primary();
		Long promoted = order.get(0).equals(primary.server()) ? primary.serverSince() : null;
		boolean moves = promoted != null && order.size() > 1
				&& replica(order.get(1), cluster).isCompleteAsOf(promoted + maxStaleness.toNanos());
		ReplicaStatus home = replica(order.get(moves ? 1 : 0), cluster);
		Long returned = home.replicaSince();
		return new Home(home, returned == null || home.isCompleteAsOf(returned + maxStaleness.toNanos()));
	}

	private static ReplicaStatus replica(String name, ClusterStatus cluster) {
		return cluster.replica(name).orElseThrow();
	}

}
