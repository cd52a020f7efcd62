package dev.tidemark.autoconfigure;

import java.util.List;

import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.lifecycle.DockerComposeServicesReadyEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Finds replicas among the services that Spring Boot has found by Docker Compose.
 * <p>
 * Comes before Spring Boot, and takes the replicas off the services, which would
 * otherwise be further data sources of the application.
 */
final class DockerComposeReplicas implements SmartApplicationListener {

	private static final String EVENT = "org.springframework.boot.docker.compose.lifecycle.DockerComposeServicesReadyEvent";

	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

	/**
	 * By name, as the class is not always there.
	 */
	@Override
	public boolean supportsEventType(Class<? extends ApplicationEvent> eventType) {
		return eventType.getName().equals(EVENT);
	}

	@Override
	public void onApplicationEvent(ApplicationEvent event) {
		Adapter.onApplicationEvent((DockerComposeServicesReadyEvent) event);
	}

	/**
	 * What needs Spring Boot's support for Docker Compose.
	 */
	private static final class Adapter {

		static void onApplicationEvent(DockerComposeServicesReadyEvent event) {
			if (!(event.getSource().getEnvironment() instanceof ConfigurableEnvironment environment)
					|| !Activation.isEnabled(environment)) {
				return;
			}
			List<RunningService> services = event.getRunningServices();
			List<RunningService> labelled = services.stream()
				.filter((service) -> service.labels().containsKey(ReplicaConnections.LABEL))
				.toList();
			ReplicaConnections connections = new ReplicaConnections();
			labelled.forEach((service) -> connections.add("the service '" + service.name() + "'", service.labels(),
					service.host() + ":" + service.ports().get(ReplicaConnections.PORT), service.env()));
			if (!connections.isEmpty()) {
				services.removeAll(labelled);
				connections.addTo(environment);
			}
		}

	}

}
