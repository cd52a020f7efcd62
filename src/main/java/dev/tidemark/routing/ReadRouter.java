package dev.tidemark.routing;

import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.routing.RoutingRules.Candidates;
import dev.tidemark.session.FenceSource;
import dev.tidemark.session.HomeKey;
import dev.tidemark.session.ReadPolicy;
import dev.tidemark.session.SessionContext;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
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

	private final CatchUp catchUp;

	private final HomeRouter homes;

	ReadRouter(SessionContext context, FenceSource fences, ReplicationMonitor monitor, RoutingSettings settings,
			RoutingListener listener) {
		this.context = context;
		this.fences = fences;
		this.monitor = monitor;
		this.settings = settings;
		this.choice = new ReplicaChoice(settings.weights());
		this.catchUp = new CatchUp(monitor, settings, listener);
		this.homes = new HomeRouter(monitor, this.catchUp, settings);
	}

	/**
	 * Decide where a unit of work runs. Called before a connection is taken from a pool.
	 * @param unit what is to run
	 * @param serializable whether the isolation level is SERIALIZABLE
	 * @param preferred the server whose connection is held already, taken where it may
	 * serve; {@code null} if there is none
	 * @return the decision
	 */
	Decision route(UnitOfWork unit, boolean serializable, @Nullable String preferred) {
		ReadPolicy policy = this.context.policy();
		ReadRequest request = new ReadRequest(unit.transaction(), serializable, unit.statement(), unit.staysOnPrimary(),
				policy.decisionMethod() != null, this.context.session().isPrimaryRequested(), level(), limit(policy),
				unit.failed());
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
		// Before the fence: what is settled meanwhile is in that.
		Long sawPrimaryAt = this.context.session().sawPrimaryAt();
		MarkerReading fence = request.needsFence()
				? this.context.session().fence(this.context.topics(), this.fences).join() : MarkerReading.NONE;
		if (wroteWithinWindow(fence)) {
			return Decision.primary(Reason.RECENT_WRITE);
		}
		HomeKey home = (request.level() == ConsistencyLevel.SESSION) ? this.context.session().homeKey() : null;
		if (home == null) {
			return anywhere(request, fence, preferred);
		}
		this.context.session().reads();
		return this.homes.route(request, fence, home, sawPrimaryAt);
	}

	/**
	 * Where positions do not tell whether a replica has a write, time does: no replica
	 * older than max-staleness serves anybody, and the window is longer.
	 */
	private boolean wroteWithinWindow(MarkerReading fence) {
		Supplier<Duration> window = this.settings.window();
		WalPosition written = fence.written();
		WalPosition now = this.monitor.status().primary().position();
		return window != null && written != null && (now == null || written.until(now).compareTo(window.get()) < 0);
	}

	private Decision anywhere(ReadRequest request, MarkerReading fence, @Nullable String preferred) {
		Function<ClusterStatus, Candidates> rule = (status) -> RoutingRules.candidates(request, fence, status,
				System.nanoTime());
		Candidates candidates = rule.apply(this.monitor.status());
		if (candidates.isEmpty() && fence.fence() != null) {
			leastLagging(request).ifPresent(this.catchUp::ask);
			candidates = this.catchUp.await(rule);
		}
		if (candidates.isEmpty()) {
			return Decision.primary(candidates.reason());
		}
		ReplicaStatus chosen = candidates.replicas()
			.stream()
			.filter((replica) -> replica.name().equals(preferred))
			.findFirst()
			.orElse(this.choice.among(candidates.replicas()));
		return new Decision(chosen.name(), candidates.reason(), chosen.stalenessBound(System.nanoTime()), false, null);
	}

	private Optional<ReplicaStatus> leastLagging(ReadRequest request) {
		ClusterStatus status = this.monitor.status();
		return status.replicas()
			.stream()
			.filter((replica) -> replica.state() == ReplicaState.REPLICATING
					&& !request.failed().contains(replica.name()))
			.min(Comparator.comparingLong(status::lagBytes));
	}

}
