package dev.tidemark.autoconfigure;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import dev.tidemark.autoconfigure.TidemarkProperties.Marker.Store;
import io.lettuce.core.RedisClient;
import io.lettuce.core.resource.Delay;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of how soon the application's Redis client finds a Redis that is
 * back.
 */
@AutoConfiguration
@ConditionalOnClass({ ClientResourcesBuilderCustomizer.class, RedisClient.class })
@Import(TidemarkRedisAutoConfiguration.RedisBeans.class)
public final class TidemarkRedisAutoConfiguration {

	/**
	 * Lettuce's own is 30 seconds, with a wait that doubles from attempt to attempt:
	 * Redis would be missed for up to as long again as it was away. Its timer adds up to
	 * 100 ms.
	 */
	private static final Duration LONGEST_WAIT = Duration.ofMillis(50);

	/**
	 * Registers a customizer, if there is a replica and the markers may be in Redis.
	 */
	static final class RedisBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			if (isWanted(environment)) {
				registry.registerBean("tidemarkClientResourcesCustomizer", ClientResourcesBuilderCustomizer.class,
						(spec) -> spec.order(Ordered.HIGHEST_PRECEDENCE)
							.supplier((context) -> (resources) -> resources.reconnectDelay(
									Delay.exponential(Duration.ZERO, LONGEST_WAIT, 2, TimeUnit.MILLISECONDS))));
			}
		}

		private static boolean isWanted(Environment environment) {
			return Activation.isActive(environment) && Binder.get(environment)
				.bind("tidemark.marker.store", Store.class)
				.orElse(Store.AUTO) != Store.MEMORY;
		}

	}

}
