package dev.tidemark.autoconfigure;

import java.util.stream.Collectors;

import dev.tidemark.actuate.DecisionCounts;
import dev.tidemark.actuate.ReplicaPoolsOutOfHealth;
import dev.tidemark.actuate.ReplicationEndpoint;
import dev.tidemark.actuate.ReplicationHealthIndicator;
import dev.tidemark.actuate.ReplicationWebEndpointExtension;
import dev.tidemark.marker.Markers;
import dev.tidemark.wal.ReplicationMonitor;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.beans.factory.BeanRegistry.SupplierContext;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of the endpoint and the health.
 */
@AutoConfiguration(after = TidemarkAutoConfiguration.class)
@ConditionalOnClass({ Endpoint.class, HealthContributor.class })
@Import(TidemarkActuateAutoConfiguration.ActuateBeans.class)
public final class TidemarkActuateAutoConfiguration {

	/**
	 * Registers the endpoint and the health, if there is a replica.
	 */
	static final class ActuateBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			if (!Activation.isActive(environment)) {
				return;
			}
			registry.registerBean("tidemarkDecisionCounts", DecisionCounts.class,
					(spec) -> spec.supplier((context) -> new DecisionCounts()));
			registry.registerBean("tidemarkReplicationEndpoint", ReplicationEndpoint.class,
					(spec) -> spec.supplier(ActuateBeans::endpoint));
			registry.registerBean("tidemarkReplicationWebEndpointExtension", ReplicationWebEndpointExtension.class,
					(spec) -> spec.supplier(
							(context) -> new ReplicationWebEndpointExtension(context.bean(ReplicationEndpoint.class))));
			if (isHealthEnabled(environment)) {
				registry.registerBean("replicationHealthIndicator", ReplicationHealthIndicator.class, (spec) -> spec
					.supplier((context) -> new ReplicationHealthIndicator(context.bean(ReplicationEndpoint.class))));
			}
			registry.registerBean("tidemarkReplicaPoolsOutOfHealth", ReplicaPoolsOutOfHealth.class,
					(spec) -> spec.infrastructure()
						.supplier((context) -> new ReplicaPoolsOutOfHealth(Activation.replicas(environment)
							.stream()
							.map(Activation::poolBeanName)
							.collect(Collectors.toSet()))));
		}

		private static boolean isHealthEnabled(Environment environment) {
			boolean byDefault = environment.getProperty("management.health.defaults.enabled", Boolean.class, true);
			return environment.getProperty("management.health.replication.enabled", Boolean.class, byDefault);
		}

		private static ReplicationEndpoint endpoint(SupplierContext context) {
			return new ReplicationEndpoint(context.bean(ReplicationMonitor.class), context.bean(Markers.class),
					context.bean(DecisionCounts.class),
					context.bean(TidemarkProperties.class).consistency().maxStaleness());
		}

	}

}
