package dev.tidemark.autoconfigure;

import dev.tidemark.metrics.FallbackMetrics;
import dev.tidemark.metrics.ReplicationMetrics;
import dev.tidemark.metrics.RoutingMetrics;
import dev.tidemark.routing.RoutingEngine;
import dev.tidemark.wal.ReplicationMonitor;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of the meters.
 */
@AutoConfiguration(after = TidemarkAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
@Import(TidemarkMetricsAutoConfiguration.MetricsBeans.class)
public final class TidemarkMetricsAutoConfiguration {

	/**
	 * Registers the meters, if there is a replica.
	 */
	static final class MetricsBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			if (!Activation.isActive(environment)) {
				return;
			}
			registry.registerBean("tidemarkReplicationMetrics", ReplicationMetrics.class,
					(spec) -> spec.supplier((context) -> new ReplicationMetrics(context.bean(ReplicationMonitor.class),
							context.bean(TidemarkProperties.class).consistency().maxStaleness())));
			registry.registerBean("tidemarkFallbackMetrics", FallbackMetrics.class,
					(spec) -> spec.supplier((context) -> new FallbackMetrics(context.bean(RoutingEngine.class))));
			registry.registerBean("tidemarkRoutingMetrics", RoutingMetrics.class,
					(spec) -> spec.supplier((context) -> new RoutingMetrics(context.bean(MeterRegistry.class))));
		}

	}

}
