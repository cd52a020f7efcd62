package dev.tidemark.routing;

import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.routing.RoutingRules.Candidates;
import dev.tidemark.session.FenceSource;
import dev.tidemark.session.ReadPolicy;
import dev.tidemark.session.SessionContext;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ReplicationMonitor;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the facts for {@link RoutingRules}, and has them improved where that may save a
 * read on the primary. Thread-safe.
 */
final class ReadRouter {

	private final SessionContext context;

	private final FenceSource fences;

	private final ReplicationMonitor monitor;

	private final RoutingSettings settings;

	private final ReplicaChoice choice;

	private final HomeReplica homes;

	private final Rotation rotation;

	private final RoutingListener listener;

	ReadRouter(SessionContext context, FenceSource fences, ReplicationMonitor monitor, Rotation rotation,
			RoutingSettings settings, RoutingListener listener) {
		this.context = context;
		this.fences = fences;
		this.monitor = monitor;
		this.settings = settings;
		this.choice = new ReplicaChoice(settings.weights());
		this.homes = new HomeReplica(settings.weights());
		this.rotation = rotation;
		this.listener = listener;
	}

	/**
	 * Decide where a unit of work runs. Called before a connection is taken from a pool.
	 * @param unit what is to run
	 * @param serializable whether the isolation level is SERIALIZABLE
	 * @param preferred the server whose connection is held already, taken where it may
	 * serve; {@code null} if there is none
	 * @return the decision
	 */
	Decision route(RoutingEngine.Unit unit, boolean serializable, @Nullable String preferred) {
		ReadPolicy policy = this.context.policy();
		ReadRequest request = new ReadRequest(unit.transaction(), serializable, unit.statement(), unit.staysOnPrimary(),
				policy.decisionMethod() != null, this.context.session().isPrimaryRequested(), level(), limit(policy));
		Reason primary = RoutingRules.primaryReason(request, this.settings.readsOutsideTransactions());
		return (primary != null) ? Decision.primary(primary) : route(request, preferred);
	}

	/**
	 * Return the level that is asked for now.
	 */
	ConsistencyLevel level() {
		return Objects.requireNonNullElse(this.context.policy().level(), this.settings.defaultLevel());
	}

	/**
	 * The application's limit holds for all: a replica beyond it serves nobody.
	 */
	private Duration limit(ReadPolicy policy) {
		Duration limit = this.settings.maxStaleness();
		Duration asked = policy.maxStaleness();
		return (asked != null && asked.compareTo(limit) < 0) ? asked : limit;
	}

	private Decision route(ReadRequest request, @Nullable String preferred) {
		MarkerReading fence = request.needsFence() ? this.context.session().fence(this.fences).join()
				: MarkerReading.NONE;
		String homeKey = (request.level() == ConsistencyLevel.SESSION) ? this.context.session().homeKey() : null;
		Function<ClusterStatus, Candidates> rule = (homeKey != null) ? (status) -> home(request, fence, homeKey, status)
				: (status) -> RoutingRules.candidates(request, fence, status, System.nanoTime());
		Candidates candidates = rule.apply(this.monitor.status());
		if (candidates.isEmpty() && fence.fence() != null) {
			candidates = askAgain(rule, homeKey);
		}
		if (candidates.isEmpty()) {
			return Decision.primary(candidates.reason());
		}
		ReplicaStatus chosen = candidates.replicas()
			.stream()
			.filter((replica) -> replica.name().equals(preferred))
			.findFirst()
			.orElse(this.choice.among(candidates.replicas()));
		return new Decision(chosen.name(), candidates.reason(), chosen.stalenessBound(System.nanoTime()));
	}

	private Candidates home(ReadRequest request, MarkerReading fence, String key, ClusterStatus status) {
		long now = System.nanoTime();
		this.rotation.observe(status, now);
		return RoutingRules.home(request, fence, status, this.homes.order(status.replicas(), key), this.rotation,
				this.settings.maxStaleness(), now);
	}

	/**
	 * What is known may be an interval old: ask the likeliest replica once, then wait as
	 * long as the application allows.
	 */
	private Candidates askAgain(Function<ClusterStatus, Candidates> rule, @Nullable String homeKey) {
		likeliest(homeKey).ifPresent((replica) -> this.monitor.refresh(replica.name(), this.settings.question()));
		Candidates candidates = rule.apply(this.monitor.status());
		if (!candidates.isEmpty() || this.settings.fenceWait().isZero()) {
			return candidates;
		}
		long start = System.nanoTime();
		boolean caughtUp = this.monitor.await((status) -> !rule.apply(status).isEmpty(), this.settings.fenceWait());
		this.listener.onFenceWait(caughtUp, Duration.ofNanos(System.nanoTime() - start));
		return rule.apply(this.monitor.status());
	}

	/**
	 * With a home it is the home or who has taken its place, else the one that lags
	 * least.
	 */
	private Optional<ReplicaStatus> likeliest(@Nullable String homeKey) {
		ClusterStatus status = this.monitor.status();
		if (homeKey != null) {
			long now = System.nanoTime();
			return this.homes.order(status.replicas(), homeKey)
				.stream()
				.filter((replica) -> RoutingRules.isEligible(replica, status, this.settings.maxStaleness(), now))
				.findFirst();
		}
		return status.replicas()
			.stream()
			.filter((replica) -> replica.state() == ReplicaState.REPLICATING)
			.min(Comparator.comparingLong(status::lagBytes));
	}

}
