package dev.tidemark.observation;

import dev.tidemark.routing.Deciding;
import dev.tidemark.routing.Decision;
import dev.tidemark.routing.RoutingListener;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Observes decisions. What is asked and waited for meanwhile belongs to them.
 * Thread-safe.
 */
public final class RoutingObservations implements RoutingListener {

	private static final RoutingObservationConvention DEFAULT = new DefaultRoutingObservationConvention();

	private final ObservationRegistry registry;

	private final @Nullable RoutingObservationConvention convention;

	private final ReplicationMonitor monitor;

	/**
	 * Create observations.
	 * @param registry where they are made
	 * @param convention names and describes them, {@code null} for the default
	 * @param monitor knows the positions of the servers
	 */
	public RoutingObservations(ObservationRegistry registry, @Nullable RoutingObservationConvention convention,
			ReplicationMonitor monitor) {
		this.registry = registry;
		this.convention = convention;
		this.monitor = monitor;
	}

	@Override
	public Deciding onDeciding() {
		if (this.registry.isNoop()) {
			return Deciding.UNOBSERVED;
		}
		RoutingObservationContext context = new RoutingObservationContext();
		Observation observation = RoutingObservationDocumentation.ROUTING.observation(this.convention, DEFAULT,
				() -> context, this.registry);
		return observation.isNoop() ? Deciding.UNOBSERVED : new Observed(context, observation);
	}

	private @Nullable WalPosition position(Decision decision) {
		ClusterStatus status = this.monitor.status();
		return decision.isPrimary() ? status.primary().position()
				: status.replica(decision.target()).map(ReplicaStatus::position).orElse(null);
	}

	/**
	 * One decision, from its start.
	 */
	private final class Observed implements Deciding {

		private final RoutingObservationContext context;

		private final Observation observation;

		private final Observation.Scope scope;

		Observed(RoutingObservationContext context, Observation observation) {
			this.context = context;
			this.observation = observation;
			this.scope = open(observation.start());
		}

		/**
		 * A handler that fails must not leave the scope on the thread.
		 */
		private Observation.Scope open(Observation started) {
			Observation.Scope before = RoutingObservations.this.registry.getCurrentObservationScope();
			try {
				return started.openScope();
			}
			catch (RuntimeException ex) {
				RoutingObservations.this.registry.setCurrentObservationScope(before);
				throw ex;
			}
		}

		@Override
		public void decided(Decision decision) {
			this.context.decided(decision, position(decision));
			end();
		}

		@Override
		public void failed(Throwable ex) {
			this.observation.error(ex);
			end();
		}

		private void end() {
			try {
				this.scope.close();
			}
			finally {
				this.observation.stop();
			}
		}

	}

}
