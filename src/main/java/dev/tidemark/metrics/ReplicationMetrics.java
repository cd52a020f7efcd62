package dev.tidemark.metrics;

import java.time.Duration;
import java.util.function.ToDoubleFunction;

import dev.tidemark.routing.RoutingRules;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ReplicationMonitor;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Gauges of each replica, tagged {@code replica} with its name.
 * <ul>
 * <li>{@value #LAG}, seconds: how stale the replica is at most, as of its last answer. It
 * grows while answers are missing and while the replica receives nothing. {@code NaN}
 * until anything is known.</li>
 * <li>{@value #LAG_BYTES}, bytes: the log it has not replayed. {@code NaN} if not
 * known.</li>
 * <li>{@value #UP}, 1 if it answers as a replica of the primary's cluster, else 0.</li>
 * <li>{@value #ELIGIBLE}, 1 if it may serve reads, else 0.</li>
 * </ul>
 * And without a tag {@value #LAG_LIMIT}, seconds: the lag beyond which a replica serves
 * nobody.
 */
public final class ReplicationMetrics implements MeterBinder {

	/** The name of the gauge of the lag. */
	public static final String LAG = "tidemark.replica.lag";

	/** The name of the gauge of the lag in bytes. */
	public static final String LAG_BYTES = "tidemark.replica.lag.bytes";

	/** The name of the gauge of the eligibility. */
	public static final String ELIGIBLE = "tidemark.replica.eligible";

	/** The name of the gauge of the replicas that answer. */
	public static final String UP = "tidemark.replica.up";

	/** The name of the gauge of the limit of the lag. */
	public static final String LAG_LIMIT = "tidemark.replica.lag.limit";

	private static final double NANOS_PER_SECOND = 1e9;

	private final ReplicationMonitor monitor;

	private final Duration maxStaleness;

	/**
	 * Create the metrics.
	 * @param monitor knows the replicas
	 * @param maxStaleness the limit beyond which a replica serves nobody
	 */
	public ReplicationMetrics(ReplicationMonitor monitor, Duration maxStaleness) {
		this.monitor = monitor;
		this.maxStaleness = maxStaleness;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder(LAG_LIMIT, this.maxStaleness, (limit) -> limit.toNanos() / NANOS_PER_SECOND)
			.baseUnit("seconds")
			.description("The lag beyond which a replica serves nobody")
			.register(registry);
		for (ReplicaStatus replica : this.monitor.status().replicas()) {
			String name = replica.name();
			gauge(LAG, name, (monitor) -> lag(current(monitor.status(), name))).baseUnit("seconds")
				.description("How stale the replica is at most")
				.register(registry);
			gauge(LAG_BYTES, name, (monitor) -> bytes(monitor.status(), name)).baseUnit(BaseUnits.BYTES)
				.description("The write-ahead log that the replica has not replayed")
				.register(registry);
			gauge(UP, name, (monitor) -> up(current(monitor.status(), name)))
				.description("Whether the replica answers as one of the primary's cluster")
				.register(registry);
			gauge(ELIGIBLE, name, (monitor) -> eligible(monitor.status(), name))
				.description("Whether the replica may serve reads")
				.register(registry);
		}
	}

	private Gauge.Builder<ReplicationMonitor> gauge(String meter, String replica,
			ToDoubleFunction<ReplicationMonitor> value) {
		return Gauge.builder(meter, this.monitor, value).tag("replica", replica);
	}

	private static double lag(ReplicaStatus replica) {
		return replica.hasStalenessBound() ? replica.lag(System.nanoTime()).toNanos() / NANOS_PER_SECOND : Double.NaN;
	}

	private static double bytes(ClusterStatus status, String name) {
		long bytes = status.lagBytes(current(status, name));
		return (bytes >= 0) ? bytes : Double.NaN;
	}

	private static double up(ReplicaStatus replica) {
		boolean drained = replica.state() == ReplicaState.DRAINED && replica.position() != null;
		return (drained || replica.state() == ReplicaState.REPLICATING) ? 1 : 0;
	}

	private double eligible(ClusterStatus status, String name) {
		return RoutingRules.isEligible(current(status, name), status, this.maxStaleness, System.nanoTime()) ? 1 : 0;
	}

	private static ReplicaStatus current(ClusterStatus status, String name) {
		return status.replica(name).orElseThrow();
	}

}
