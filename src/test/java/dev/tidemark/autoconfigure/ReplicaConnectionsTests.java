package dev.tidemark.autoconfigure;

import java.util.Map;

import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ReplicaConnections} and where they come from, without Docker.
 */
class ReplicaConnectionsTests {

	private final ReplicaConnections connections = new ReplicaConnections();

	@Test
	void labelsAndVariablesMakeTheUrl() {
		add(Map.of("dev.tidemark.replica", "one"), Map.of("POSTGRES_DB", "shop"));
		add(Map.of("dev.tidemark.replica", "two", "org.springframework.boot.jdbc.parameters", "ssl=true"), Map.of());
		StandardEnvironment environment = new StandardEnvironment();
		this.connections.addTo(environment);
		assertThat(Activation.replicas(environment)).containsExactly("one", "two");
		assertThat(environment.getProperty("tidemark.replicas.one.url")).isEqualTo("jdbc:postgresql://host:1/shop");
		assertThat(environment.getProperty("tidemark.replicas.two.url"))
			.isEqualTo("jdbc:postgresql://host:1/?ssl=true");
	}

	@Test
	void replicaHasAName() {
		assertThatExceptionOfType(InvalidTidemarkConfigurationException.class)
			.isThrownBy(() -> add(Map.of("dev.tidemark.replica", ""), Map.of()))
			.withMessage("The label dev.tidemark.replica of the service 'x' has no value: the replica has no name.");
	}

	@Test
	void namesDiffer() {
		add(Map.of("dev.tidemark.replica", "one"), Map.of());
		assertThatExceptionOfType(InvalidTidemarkConfigurationException.class)
			.isThrownBy(() -> add(Map.of("dev.tidemark.replica", "one"), Map.of()))
			.withMessageContaining("Two containers have the label dev.tidemark.replica=one");
	}

	@Test
	void configurationWhoseMethodsCallEachOtherIsLeftAlone() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Calling.class,
				TidemarkTestcontainersAutoConfiguration.class)) {
			GenericContainer<?> container = context.getBean(GenericContainer.class);
			assertThat(container.getNetworkAliases()).contains(context.getBean(String.class));
		}
	}

	private void add(Map<String, String> labels, Map<String, String> variables) {
		this.connections.add("the service 'x'", labels, "host:1", variables);
	}

	@Configuration
	static class Calling {

		@Bean
		String alias() {
			return "alias" + System.identityHashCode(new Object());
		}

		@Bean
		GenericContainer<?> container() {
			return new GenericContainer<>("postgres").withLabel("dev.tidemark.replica", "one")
				.withNetworkAliases(alias());
		}

	}

}
