package dev.tidemark.routing;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.PrimaryStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import org.jspecify.annotations.Nullable;

/**
 * Where a user reads at level SESSION. Immutable and thread-safe.
 * <p>
 * A replica that becomes the primary hands its users to the next one. Instances that do
 * not know yet take it for a replica: for max-staleness, then no replica is within it. So
 * the next one serves once it holds everything committed by then. What a transaction
 * reads after that moment is remembered: its connection survives the promotion.
 * <p>
 * It gets them back when it is a replica again. Instances that do not know yet have them
 * served by the next one: for a moment behind the last time it has said itself that it is
 * the primary. So it serves once it holds everything committed by then. What is read
 * after that moment is remembered. A lease (Gray, Cheriton,
 * <a href="https://dl.acm.org/doi/10.1145/74850.74870">Leases</a>) that nobody has to be
 * asked for.
 *
 * @param replica the replica
 * @param proven whether it is known to hold all that its users can have seen on the one
 * before
 * @param sureUntil until when, by {@link System#nanoTime()}, what is read there need not
 * be remembered
 */
record Home(ReplicaStatus replica, boolean proven, long sureUntil) {

	/**
	 * For how long a replica counts as the primary after it has said so, in nanoseconds:
	 * some intervals of the monitor. The same on all instances.
	 */
	static final long LEASE = TimeUnit.MILLISECONDS.toNanos(500);

	/**
	 * Find a user's home.
	 * @param order the names of all replicas, in the order in which they serve the user
	 * @param cluster what is known of the servers
	 * @param maxStaleness the application's limit
	 * @param now the current {@link System#nanoTime()}
	 * @return the home
	 */
	static Home of(List<String> order, ClusterStatus cluster, Duration maxStaleness, long now) {
		Long movedUntil = (order.size() > 1) ? movedUntil(order, cluster, maxStaleness, now) : null;
		ReplicaStatus home = replica(order.get((movedUntil != null) ? 1 : 0), cluster);
		Long returned = home.replicaSince();
		return new Home(home, returned == null || home.isCompleteAsOf(returned + LEASE),
				sureUntil(home, movedUntil, maxStaleness, now));
	}

	private static long sureUntil(ReplicaStatus home, @Nullable Long movedUntil, Duration maxStaleness, long now) {
		Long completeAsOf = (home.state() == ReplicaState.REPLICATING) ? home.completeAsOf() : null;
		long replicaUntil = (completeAsOf != null) ? completeAsOf + maxStaleness.toNanos() : now;
		return (movedUntil != null && movedUntil - replicaUntil < 0) ? movedUntil : replicaUntil;
	}

	private static @Nullable Long movedUntil(List<String> order, ClusterStatus cluster, Duration maxStaleness,
			long now) {
		PrimaryStatus primary = cluster.primary();
		Long promoted = order.get(0).equals(primary.server()) ? primary.serverSince() : null;
		Long sampled = primary.sampledAt();
		if (promoted == null || sampled == null || now - sampled > LEASE) {
			return null;
		}
		boolean safe = replica(order.get(1), cluster).isCompleteAsOf(promoted + maxStaleness.toNanos());
		return safe ? (Long) (sampled + LEASE) : null;
	}

	private static ReplicaStatus replica(String name, ClusterStatus cluster) {
		return cluster.replica(name).orElseThrow();
	}

}
