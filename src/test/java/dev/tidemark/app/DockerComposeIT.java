package dev.tidemark.app;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.docker.Image;
import dev.tidemark.docker.NeedsDocker;
import dev.tidemark.redis.RedisUser;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The servers of {@code docker-compose.yml}, and an application that finds them by Spring
 * Boot's support for Docker Compose: no URL is written anywhere.
 */
@NeedsDocker({ Image.POSTGRES, Image.REDIS })
class DockerComposeIT {

	private static final String PROJECT = "tidemark-test";

	private static final String REDIS_PORT = "26379";

	private static final Map<String, String> PORTS = Map.of("PRIMARY_PORT", "25432", "REPLICA1_PORT", "25433",
			"REPLICA2_PORT", "25434", "REDIS_PORT", REDIS_PORT);

	@BeforeAll
	static void up() throws Exception {
		boolean installed = compose("version") == 0;
		if (!installed) {
			System.out.println("SKIPPED DockerComposeIT: there is no 'docker compose'");
		}
		Assumptions.assumeTrue(installed, "there is no 'docker compose'");
		assertThat(compose("up", "-d", "--wait", "primary", "replica1", "replica2", "redis")).isZero();
	}

	@AfterAll
	static void down() throws Exception {
		compose("down", "-v");
	}

	private static int compose(String... arguments) throws Exception {
		List<String> command = new ArrayList<>(List.of("docker", "compose", "--project-name", PROJECT));
		command.addAll(List.of(arguments));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(Redirect.DISCARD);
		builder.environment().putAll(PORTS);
		try {
			return builder.start().waitFor();
		}
		catch (IOException ex) {
			return -1;
		}
	}

	@Test
	void servicesWithALabelAreReplicas() {
		try (ConfigurableApplicationContext application = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.properties("spring.docker.compose.skip.in-tests=false", "spring.docker.compose.lifecycle-management=none",
					"spring.docker.compose.arguments=--project-name=" + PROJECT, "spring.data.redis.port=" + REDIS_PORT,
					"spring.data.redis.username=" + RedisUser.NAME, "spring.data.redis.password=" + RedisUser.PASSWORD,
					"spring.main.banner-mode=off", Library.only())
			.run()) {
			JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
			TransactionTemplate readOnly = new TransactionTemplate(
					application.getBean(PlatformTransactionManager.class));
			readOnly.setReadOnly(true);
			Awaitility.await()
				.until(() -> Boolean.TRUE.equals(readOnly
					.execute((status) -> jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class))));
			assertThat(jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class)).isFalse();
			assertThat(jdbc.queryForList("SELECT application_name FROM pg_stat_replication", String.class))
				.containsExactlyInAnyOrder("replica1", "replica2");
			assertThat(application.getBeansOfType(DataSource.class).values())
				.filteredOn(HikariDataSource.class::isInstance)
				.hasSize(2);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
