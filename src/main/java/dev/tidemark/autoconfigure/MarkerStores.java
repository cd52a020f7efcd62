package dev.tidemark.autoconfigure;

import dev.tidemark.autoconfigure.TidemarkProperties.Marker;
import dev.tidemark.autoconfigure.TidemarkProperties.Marker.Store;
import dev.tidemark.marker.InMemoryMarkerStore;
import dev.tidemark.marker.MarkerStore;
import dev.tidemark.redis.LettuceMarkerStore;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanRegistry.SupplierContext;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * Chooses the marker store.
 */
final class MarkerStores {

	private static final Log logger = LogFactory.getLog(MarkerStores.class);

	private static final boolean REDIS_PRESENT = isPresent(
			"org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory")
			&& isPresent("io.lettuce.core.RedisClient");

	private MarkerStores() {
	}

	private static boolean isPresent(String type) {
		return ClassUtils.isPresent(type, MarkerStores.class.getClassLoader());
	}

	static MarkerStore choose(Marker properties, SupplierContext beans) {
		if (properties.store() == Store.MEMORY) {
			return new InMemoryMarkerStore();
		}
		MarkerStore redis = REDIS_PRESENT ? Redis.find(properties, beans) : null;
		if (redis != null) {
			return redis;
		}
		if (properties.store() == Store.REDIS) {
			throw new InvalidTidemarkConfigurationException(
					"tidemark.marker.store is redis, but the application has no Redis connection through Lettuce.",
					"Add the dependency org.springframework.boot:spring-boot-starter-data-redis and set spring.data.redis.*, "
							+ "or set tidemark.marker.store=memory if the application runs as one instance only.");
		}
		logger
			.warn("Markers are kept in memory, because the application has no Redis: users read their own writes on the "
					+ "instance that wrote them, not on others. Add Redis, or set tidemark.marker.store=memory if there is one "
					+ "instance only.");
		return new InMemoryMarkerStore();
	}

	/**
	 * Loaded only where the classes are present.
	 */
	private static final class Redis {

		static @Nullable MarkerStore find(Marker properties, SupplierContext beans) {
			return (beans.beanProvider(RedisConnectionFactory.class)
				.getIfAvailable() instanceof LettuceConnectionFactory lettuce)
						? new LettuceMarkerStore(lettuce, properties.keyPrefix()) : null;
		}

	}

}
