package dev.tidemark.routing;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.routing.RoutingRules.Candidates;
import dev.tidemark.session.HomeKey;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.WalPosition;

/**
 * Lets a model drive the rules of the decision. What {@link HomeRouter} and
 * {@link ReadRouter} add to them is to ask servers, which is a step of its own in a
 * model.
 */
public final class DecisionRules {

	private static final HomeReplica HOMES = new HomeReplica(Map.of());

	private final ReadRequest request;

	/**
	 * Create the rules for a read-only transaction.
	 * @param level its level
	 * @param maxStaleness its limit
	 */
	public DecisionRules(ConsistencyLevel level, Duration maxStaleness) {
		this.request = new ReadRequest(TransactionKind.READ_ONLY, false, StatementKind.QUERY, false, false, false,
				level, maxStaleness, Set.of());
	}

	/**
	 * Return the replicas that may serve without regard to the user's home.
	 * @param fence what the user must see
	 * @param status what is known
	 * @param now the moment
	 * @return their names
	 */
	public List<String> anywhere(MarkerReading fence, ClusterStatus status, long now) {
		return names(RoutingRules.candidates(this.request, fence, status, now));
	}

	/**
	 * Return the user's home if it may serve.
	 * @param fence what the user must see
	 * @param status what is known
	 * @param user names the user
	 * @param seenBefore whether they may have seen something there before
	 * @param now the moment
	 * @return its name, or nothing
	 */
	public List<String> atHome(MarkerReading fence, ClusterStatus status, String user, boolean seenBefore, long now) {
		Home home = Home.of(order(status, user), status, this.request.maxStaleness(), now);
		return names(
				RoutingRules.home(this.request, fence, status, home, new HomeKey(user, seenBefore, false), null, now));
	}

	/**
	 * Return the replica that stands in for the user's home.
	 * @param fence what the user must see
	 * @param latest the primary's position after the read was asked for
	 * @param status what is known
	 * @param user names the user
	 * @param now the moment
	 * @return its name, or nothing
	 */
	public List<String> awayFromHome(MarkerReading fence, WalPosition latest, ClusterStatus status, String user,
			long now) {
		return names(RoutingRules.awayFromHome(this.request, fence, latest, status, order(status, user), now));
	}

	/**
	 * Return a user's home.
	 * @param status what is known
	 * @param user names the user
	 * @return the name of the replica
	 */
	public static String home(ClusterStatus status, String user) {
		return order(status, user).get(0);
	}

	/**
	 * Return whether a commit needs no marker.
	 * @param position the commit's position
	 * @param status what is known
	 * @return {@code true} if no read can miss it
	 */
	public static boolean needsNoMarker(WalPosition position, ClusterStatus status) {
		return RoutingRules.isReplayedEverywhere(position, status);
	}

	/**
	 * Return whether a fence lies above the primary's position.
	 * @param fence the fence
	 * @param primary the primary's position
	 * @return {@code true} if the primary has not reached it
	 */
	public static boolean isAhead(WalPosition fence, WalPosition primary) {
		return CheckedFences.isAhead(fence, primary);
	}

	private static List<String> order(ClusterStatus status, String user) {
		return HOMES.order(status.replicas().stream().map(ReplicaStatus::name).toList(), user);
	}

	private static List<String> names(Candidates candidates) {
		return candidates.replicas().stream().map(ReplicaStatus::name).toList();
	}

}
