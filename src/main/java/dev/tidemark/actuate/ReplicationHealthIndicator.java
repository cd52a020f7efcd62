package dev.tidemark.actuate;

import dev.tidemark.actuate.ReplicationEndpoint.ReplicaDescriptor;
import dev.tidemark.actuate.ReplicationEndpoint.ReplicationDescriptor;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * The health of replication: down only when neither the primary nor any replica can
 * serve.
 */
public final class ReplicationHealthIndicator extends AbstractHealthIndicator {

	private final ReplicationEndpoint endpoint;

	/**
	 * Create the indicator.
	 * @param endpoint knows the details
	 */
	public ReplicationHealthIndicator(ReplicationEndpoint endpoint) {
		super("Replication health check failed");
		this.endpoint = endpoint;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		ReplicationDescriptor replication = this.endpoint.replication();
		boolean readable = replication.primary().reachable()
				|| replication.replicas().stream().anyMatch(ReplicaDescriptor::eligible);
		builder.status(readable ? "UP" : "DOWN")
			.withDetail("primary", replication.primary())
			.withDetail("replicas", replication.replicas())
			.withDetail("markerStore", replication.markerStore());
	}

}
