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
		Function<ClusterStatus, Candidates> atHome = (status) -> RoutingRules.home(request, fence, status,
				home(status, key), key, sawPrimaryAt, System.nanoTime());
		Candidates candidates = atHome.apply(this.monitor.status());
		if (candidates.isEmpty() && fence.fence() != null && !key.moved() && isToBeAsked(request, key)) {
			this.catchUp.ask(home(this.monitor.status(), key).replica());
			candidates = atHome.apply(this.monitor.status());
		}
		Reason reason = candidates.reason();
		if (candidates.isEmpty() && fence.known()) {
			candidates = elsewhere(request, fence, key, atHome);
		}
		return candidates.isEmpty() ? Decision.primary(reason)
				: decide(candidates.replicas().get(0), candidates.reason(), key);
	}

	private Decision decide(ReplicaStatus chosen, Reason reason, HomeKey key) {
		Home home = home(this.monitor.status(), key);
		boolean away = key.moved() || !home.proven() || !chosen.name().equals(home.replica().name());
		return new Decision(chosen.name(), reason, chosen.stalenessBound(System.nanoTime()), away);
	}

	/**
	 * The primary's position is asked for only if there is a replica it may help.
	 */
	private Candidates elsewhere(ReadRequest request, MarkerReading fence, HomeKey key,
			Function<ClusterStatus, Candidates> atHome) {
		ReplicaStatus next = first(request, fence, key);
		WalPosition latest = (next != null) ? this.catchUp.askPrimary() : null;
		if (next == null || latest == null) {
			return this.catchUp.await(atHome);
		}
		Function<ClusterStatus, Candidates> rule = (status) -> {
			Candidates home = atHome.apply(status);
			return !home.isEmpty() ? home : RoutingRules.awayFromHome(request, fence, latest, status,
					this.homes.order(status.replicas(), key.name()), System.nanoTime());
		};
		if (rule.apply(this.monitor.status()).isEmpty()) {
			this.catchUp.ask(next);
		}
		boolean avoided = request.failed().contains(home(this.monitor.status(), key).replica().name());
		return avoided ? this.catchUp.awaitStandIn(rule) : this.catchUp.await(rule);
	}

	private @Nullable ReplicaStatus first(ReadRequest request, MarkerReading fence, HomeKey key) {
		ClusterStatus status = this.monitor.status();
		List<ReplicaStatus> eligible = RoutingRules.candidates(request, fence, status, System.nanoTime()).replicas();
		return this.homes.order(status.replicas(), key.name())
			.stream()
			.filter(eligible::contains)
			.findFirst()
			.orElse(null);
	}

	private boolean isToBeAsked(ReadRequest request, HomeKey key) {
		ReplicaStatus home = home(this.monitor.status(), key).replica();
		return home.state() == ReplicaState.REPLICATING && !request.failed().contains(home.name());
	}

	private Home home(ClusterStatus status, HomeKey key) {
		return Home.of(this.homes.order(status.replicas(), key.name()), status.primary(), this.maxStaleness);
	}

}
