package dev.tidemark.autoconfigure;

import java.util.Collection;
import java.util.Map;

import org.testcontainers.containers.GenericContainer;

import org.springframework.boot.testcontainers.lifecycle.TestcontainersStartup;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Replicas among containers of Testcontainers.
 */
final class ContainerReplicas {

	private ContainerReplicas() {
	}

	static boolean isReplica(GenericContainer<?> container) {
		return container.getLabels().containsKey(ReplicaConnections.LABEL);
	}

	/**
	 * Start those that are replicas, and make them known.
	 * @param containers the containers
	 * @param environment the environment of the application
	 */
	static void addTo(ConfigurableEnvironment environment, Collection<GenericContainer<?>> containers) {
		ReplicaConnections connections = new ReplicaConnections();
		containers.stream().filter(ContainerReplicas::isReplica).forEach((container) -> {
			TestcontainersStartup.start(container);
			Map<String, String> variables = container.getEnvMap();
			connections.add("the container " + container.getDockerImageName(), container.getLabels(),
					container.getHost() + ":" + container.getMappedPort(ReplicaConnections.PORT), variables);
		});
		if (!connections.isEmpty()) {
			connections.addTo(environment);
		}
	}

}
