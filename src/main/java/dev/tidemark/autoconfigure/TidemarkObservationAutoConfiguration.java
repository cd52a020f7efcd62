package dev.tidemark.autoconfigure;

import dev.tidemark.observation.RoutingObservationConvention;
import dev.tidemark.observation.RoutingObservations;
import dev.tidemark.wal.ReplicationMonitor;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.beans.factory.BeanRegistry.SupplierContext;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of the observations, and so of what traces show.
 */
@AutoConfiguration(after = TidemarkAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean(ObservationRegistry.class)
@Import(TidemarkObservationAutoConfiguration.ObservationBeans.class)
public final class TidemarkObservationAutoConfiguration {

	/**
	 * Registers what observes, if there is a replica.
	 */
	static final class ObservationBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			if (Activation.isActive(environment)) {
				registry.registerBean("tidemarkRoutingObservations", RoutingObservations.class,
						(spec) -> spec.supplier(ObservationBeans::observations));
			}
		}

		private static RoutingObservations observations(SupplierContext context) {
			return new RoutingObservations(context.bean(ObservationRegistry.class),
					context.beanProvider(RoutingObservationConvention.class).getIfAvailable(),
					context.bean(ReplicationMonitor.class));
		}

	}

}
