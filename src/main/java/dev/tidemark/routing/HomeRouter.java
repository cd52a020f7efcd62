package dev.tidemark.routing;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;

import dev.tidemark.marker.MarkerReading;
import dev.tidemark.routing.RoutingRules.Candidates;
import dev.tidemark.session.HomeKey;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * Routes reads at level SESSION, so that nobody sees an older state than before.
 * Thread-safe.
 * <p>
 * A user reads at home, where nothing gets older. Another replica stands in only if it
 * holds what the primary held when the read began: nothing that was seen anywhere is
 * later. What is seen there has to be remembered, because the home may hold less. So
 * instances need not agree on which replicas are in rotation.
 */
final class HomeRouter {

	private final ReplicationMonitor monitor;

	private final CatchUp catchUp;

	private final HomeReplica homes;

	private final Duration maxStaleness;

	HomeRouter(ReplicationMonitor monitor, CatchUp catchUp, RoutingSettings settings) {
		this.monitor = monitor;
		this.catchUp = catchUp;
		this.homes = new HomeReplica(settings.weights());
		this.maxStaleness = settings.maxStaleness();
	}

	Decision route(ReadRequest request, MarkerReading fence, HomeKey key, @Nullable Long sawPrimaryAt) {
		List<String> order = this.homes.order(names(this.monitor.status()), key.name());
		Read read = new Read(request, fence, key, sawPrimaryAt, order);
		Candidates candidates = atHome(read, this.monitor.status());
		if (candidates.isEmpty() && fence.fence() != null && !key.moved() && isToBeAsked(read)) {
			this.catchUp.ask(home(read, this.monitor.status()).replica());
			candidates = atHome(read, this.monitor.status());
		}
		Reason reason = candidates.reason();
		if (candidates.isEmpty() && fence.known()) {
			candidates = elsewhere(read);
		}
		return candidates.isEmpty() ? Decision.primary(reason)
				: decide(read, candidates.replicas().get(0), candidates.reason());
	}

	private static List<String> names(ClusterStatus status) {
		return status.replicas().stream().map(ReplicaStatus::name).toList();
	}

	private Candidates atHome(Read read, ClusterStatus status) {
		return RoutingRules.home(read.request(), read.fence(), status, home(read, status), read.key(),
				read.sawPrimaryAt(), System.nanoTime());
	}

	private Home home(Read read, ClusterStatus status) {
		return Home.of(read.order(), status, this.maxStaleness, System.nanoTime());
	}

	private Decision decide(Read read, ReplicaStatus chosen, Reason reason) {
		Home home = home(read, this.monitor.status());
		boolean away = read.key().moved() || !home.proven() || !chosen.name().equals(home.replica().name());
		return new Decision(chosen.name(), reason, chosen.stalenessBound(System.nanoTime()), away, home.sureUntil());
	}

	/**
	 * The primary's position is asked for only if there is a replica it may help.
	 */
	private Candidates elsewhere(Read read) {
		ReplicaStatus next = first(read);
		WalPosition latest = (next != null) ? this.catchUp.askPrimary() : null;
		if (next == null || latest == null) {
			return this.catchUp.await((status) -> atHome(read, status));
		}
		Function<ClusterStatus, Candidates> rule = (status) -> {
			Candidates home = atHome(read, status);
			return !home.isEmpty() ? home : RoutingRules.awayFromHome(read.request(), read.fence(), latest, status,
					read.order(), System.nanoTime());
		};
		if (rule.apply(this.monitor.status()).isEmpty()) {
			this.catchUp.ask(next);
		}
		return isHomeAvoided(read) ? this.catchUp.awaitStandIn(rule) : this.catchUp.await(rule);
	}

	private @Nullable ReplicaStatus first(Read read) {
		ClusterStatus status = this.monitor.status();
		return RoutingRules.candidates(read.request(), read.fence(), status, System.nanoTime())
			.first(read.order())
			.orElse(null);
	}

	private boolean isToBeAsked(Read read) {
		ReplicaStatus home = home(read, this.monitor.status()).replica();
		return home.state() == ReplicaState.REPLICATING && !isHomeAvoided(read);
	}

	private boolean isHomeAvoided(Read read) {
		return read.request().failed().contains(home(read, this.monitor.status()).replica().name());
	}

	/**
	 * What one read goes by, whatever becomes of the servers meanwhile.
	 *
	 * @param request what is asked
	 * @param fence what the user must see
	 * @param key names the user
	 * @param sawPrimaryAt up to when the session has read the primary
	 * @param order the replicas, in the order in which they serve the user
	 */
	private record Read(ReadRequest request, MarkerReading fence, HomeKey key, @Nullable Long sawPrimaryAt,
			List<String> order) {

	}

}
