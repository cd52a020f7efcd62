package dev.tidemark.autoconfigure;

import java.util.Map;
import java.util.Set;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Tells from the environment, when the application runs, whether Tidemark is in use.
 */
final class Activation {

	private static final String POOL_SUFFIX = "DataSource";

	private Activation() {
	}

	static boolean isEnabled(Environment environment) {
		return environment.getProperty("tidemark.enabled", Boolean.class, true);
	}

	static boolean isActive(Environment environment) {
		return isEnabled(environment) && !replicas(environment).isEmpty();
	}

	/**
	 * Return the names of the replicas.
	 * @param environment the environment
	 * @return the names, in the order in which they are configured
	 */
	static Set<String> replicas(Environment environment) {
		return Binder.get(environment)
			.bind("tidemark.replicas", Bindable.mapOf(String.class, Object.class))
			.map(Map::keySet)
			.orElse(Set.of());
	}

	/**
	 * Return the name of the bean that is a replica's pool. Spring Boot takes the suffix
	 * off for the names of its metrics.
	 * @param replica the name of the replica
	 * @return the name of the bean
	 */
	static String poolBeanName(String replica) {
		return replica + POOL_SUFFIX;
	}

}
