package dev.tidemark.routing;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.session.HomeKey;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * The decision where a transaction runs, as pure functions of facts. What is not known to
 * be fresh enough counts as stale.
 */
public final class RoutingRules {

	private RoutingRules() {
	}

	/**
	 * Return why a transaction runs on the primary whatever the replicas are like.
	 * @param request what is asked
	 * @param outsideTransactions whether a query outside a transaction may run on a
	 * replica
	 * @return the reason, or {@code null} if the transaction may run on a replica
	 */
	static @Nullable Reason primaryReason(ReadRequest request, boolean outsideTransactions) {
		if (request.transaction() == TransactionKind.READ_WRITE) {
			return Reason.READ_WRITE;
		}
		if (request.feedsWriteDecision()) {
			return Reason.WRITE_DECISION;
		}
		if (request.primaryRequested()) {
			return Reason.REQUESTED;
		}
		if (request.level() == ConsistencyLevel.PRIMARY) {
			return Reason.PRIMARY_LEVEL;
		}
		if (request.transaction() == TransactionKind.NONE && !(outsideTransactions && request.statement().isQuery())) {
			return Reason.NO_TRANSACTION;
		}
		if (request.serializable()) {
			return Reason.ISOLATION;
		}
		return (request.statement().needsPrimary() || request.staysOnPrimary()) ? Reason.LOCKING_READ : null;
	}

	/**
	 * Return the replicas that may serve a request that {@link #primaryReason} let pass.
	 * @param request what is asked
	 * @param fence what the user must see, {@link MarkerReading#NONE} where the level
	 * does not ask
	 * @param cluster what is known of the servers
	 * @param now the current {@link System#nanoTime()}
	 * @return the replicas, and the reason for them or for there being none
	 */
	static Candidates candidates(ReadRequest request, MarkerReading fence, ClusterStatus cluster, long now) {
		List<ReplicaStatus> inRotation = cluster.replicas()
			.stream()
			.filter((replica) -> replica.state() == ReplicaState.REPLICATING
					&& !request.failed().contains(replica.name()))
			.toList();
		if (inRotation.isEmpty()) {
			return new Candidates(inRotation, Reason.NO_REPLICA);
		}
		if (!fence.known()) {
			return new Candidates(List.of(), Reason.MARKER_UNAVAILABLE);
		}
		List<ReplicaStatus> caughtUp = inRotation.stream()
			.filter((replica) -> isReplayed(fence, replica, cluster))
			.toList();
		List<ReplicaStatus> eligible = caughtUp.stream()
			.filter((replica) -> isEligible(replica, cluster, request.maxStaleness(), now))
			.toList();
		if (!eligible.isEmpty()) {
			return new Candidates(eligible, reasonForReplica(request.level(), fence));
		}
		return new Candidates(eligible,
				(caughtUp.size() < inRotation.size()) ? reasonForWaiting(fence) : Reason.TOO_STALE);
	}

	/**
	 * Return the user's home if it may serve a request at level SESSION: a replica never
	 * falls behind what it has shown itself.
	 * @param request what is asked
	 * @param fence what the user must see
	 * @param cluster what is known of the servers
	 * @param place the user's home
	 * @param key names the user
	 * @param sawPrimaryAt up to when the session has read the primary at positions that
	 * are not known, {@code null} if it has not
	 * @param now the current {@link System#nanoTime()}
	 * @return the home and the reason for it, or the reason for it not to serve
	 */
	static Candidates home(ReadRequest request, MarkerReading fence, ClusterStatus cluster, Home place, HomeKey key,
			@Nullable Long sawPrimaryAt, long now) {
		Candidates all = candidates(request, fence, cluster, now);
		ReplicaStatus home = place.replica();
		if (!all.replicas().contains(home)) {
			boolean waits = fence.fence() != null && home.state() == ReplicaState.REPLICATING
					&& !isReplayed(fence, home, cluster);
			return new Candidates(List.of(),
					all.isEmpty() ? all.reason() : waits ? reasonForWaiting(fence) : Reason.TOO_STALE);
		}
		boolean serves = !key.moved() && place.proven() && (!key.shared() || home.isNoOlderThanItWas())
				&& (sawPrimaryAt == null || home.isCompleteAsOf(sawPrimaryAt));
		return serves ? new Candidates(List.of(home), all.reason()) : new Candidates(List.of(), Reason.TOO_STALE);
	}

	/**
	 * Return the replica that may serve a request at level SESSION in place of the user's
	 * home: the first that holds everything the home can have shown, whatever another
	 * instance knows of it.
	 * @param request what is asked
	 * @param fence what the user must see
	 * @param latest the primary's position at a moment after the read was asked for
	 * @param cluster what is known of the servers
	 * @param order the names of all replicas, in the order in which they serve the user
	 * @param now the current {@link System#nanoTime()}
	 * @return the replica and the reason for it, or the reason for there being none
	 */
	static Candidates awayFromHome(ReadRequest request, MarkerReading fence, WalPosition latest, ClusterStatus cluster,
			List<String> order, long now) {
		return candidates(request, fence.withFloor(latest), cluster, now).first(order)
			.map((replica) -> new Candidates(List.of(replica), reasonForReplica(request.level(), fence)))
			.orElse(new Candidates(List.of(), Reason.TOO_STALE));
	}

	private static boolean isReplayed(MarkerReading fence, ReplicaStatus replica, ClusterStatus cluster) {
		WalPosition position = onCurrentTimeline(fence.fence(), cluster);
		return position == null || replica.hasReplayed(position);
	}

	/**
	 * Return whether every replica has replayed a position, so that no read can miss it.
	 * A replica that does not answer here, or is too stale to serve, counts as well: it
	 * may still serve on another instance, or again when it has caught up with a part.
	 * @param position the position
	 * @param cluster what is known of the servers
	 * @return {@code true} if it is known
	 */
	static boolean isReplayedEverywhere(WalPosition position, ClusterStatus cluster) {
		return cluster.replicas().stream().allMatch((replica) -> replica.hasReplayed(position));
	}

	/**
	 * Return whether a replica may serve anybody.
	 * @param replica the replica
	 * @param cluster what is known of the servers
	 * @param maxStaleness the limit
	 * @param now the current {@link System#nanoTime()}
	 * @return {@code true} if it is in rotation, on the current timeline and shown to be
	 * within the limit
	 */
	public static boolean isEligible(ReplicaStatus replica, ClusterStatus cluster, Duration maxStaleness, long now) {
		WalPosition replayed = replica.position();
		return replica.state() == ReplicaState.REPLICATING && replayed != null
				&& cluster.timeline().equals(OptionalInt.of(replayed.timeline())) && replica.hasStalenessBound()
				&& replica.stalenessBound(now).compareTo(maxStaleness) <= 0;
	}

	/**
	 * After a promotion a position of the old timeline means nothing any more: what of it
	 * has survived lies below the first position seen on the new one.
	 */
	private static @Nullable WalPosition onCurrentTimeline(@Nullable WalPosition fence, ClusterStatus cluster) {
		WalPosition floor = cluster.primary().timelineFloor();
		return (fence != null && floor != null && fence.timeline() < floor.timeline()) ? floor : fence;
	}

	/**
	 * Who has not written waits for a floor only, which stands for lost markers.
	 */
	private static Reason reasonForWaiting(MarkerReading fence) {
		return (fence.written() != null) ? Reason.RECENT_WRITE : Reason.MARKER_UNAVAILABLE;
	}

	private static Reason reasonForReplica(ConsistencyLevel level, MarkerReading fence) {
		return switch (level) {
			case EVENTUAL -> Reason.EVENTUAL;
			case BOUNDED_STALENESS -> Reason.BOUNDED;
			default -> (fence.written() != null) ? Reason.CAUGHT_UP : Reason.NO_RECENT_WRITE;
		};
	}

	/**
	 * Which replicas may serve.
	 *
	 * @param replicas the replicas, none if the primary has to
	 * @param reason why these, or why none
	 */
	record Candidates(List<ReplicaStatus> replicas, Reason reason) {

		boolean isEmpty() {
			return this.replicas.isEmpty();
		}

		/**
		 * Return the one that comes first in an order.
		 */
		Optional<ReplicaStatus> first(List<String> order) {
			return this.replicas.stream().min(Comparator.comparingInt((replica) -> order.indexOf(replica.name())));
		}

	}

}
