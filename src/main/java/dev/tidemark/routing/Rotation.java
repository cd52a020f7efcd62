package dev.tidemark.routing;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaStatus;
import org.jspecify.annotations.Nullable;

/**
 * Remembers when each replica last began or ceased to be one that may serve. Thread-safe.
 */
final class Rotation {

	private final Duration maxStaleness;

	private final Map<String, Change> changes = new ConcurrentHashMap<>();

	Rotation(Duration maxStaleness) {
		this.maxStaleness = maxStaleness;
	}

	/**
	 * Compare what is known of the servers with what was known before. To be called
	 * whenever a reading of the servers may have changed.
	 * @param cluster what is known
	 * @param now the current {@link System#nanoTime()}
	 */
	void observe(ClusterStatus cluster, long now) {
		for (ReplicaStatus replica : cluster.replicas()) {
			boolean serves = RoutingRules.isEligible(replica, cluster, this.maxStaleness, now);
			Change known = this.changes.get(replica.name());
			if (known == null) {
				this.changes.putIfAbsent(replica.name(), new Change(serves, null));
			}
			else if (known.serves != serves) {
				this.changes.replace(replica.name(), known, new Change(serves, now));
			}
		}
	}

	/**
	 * Return whether a replica holds what was to be seen on any replica before it took
	 * that one's place or its own again.
	 * @param replica the replica
	 * @param others the replicas whose place it takes
	 * @return {@code true} if it is known
	 */
	boolean isSettled(ReplicaStatus replica, Iterable<String> others) {
		if (!holdsEverythingBefore(replica, replica.name())) {
			return false;
		}
		for (String other : others) {
			if (!holdsEverythingBefore(replica, other)) {
				return false;
			}
		}
		return true;
	}

	private boolean holdsEverythingBefore(ReplicaStatus replica, String changed) {
		Change change = this.changes.get(changed);
		Long completeAsOf = replica.completeAsOf();
		return change == null || change.since == null || (completeAsOf != null && completeAsOf - change.since >= 0);
	}

	/**
	 * The last change of a replica.
	 *
	 * @param serves whether it may serve since then
	 * @param since when, {@code null} if it was never otherwise
	 */
	private record Change(boolean serves, @Nullable Long since) {

	}

}
