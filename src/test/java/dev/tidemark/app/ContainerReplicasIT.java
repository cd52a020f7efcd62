package dev.tidemark.app;

import dev.tidemark.autoconfigure.TidemarkProperties;
import dev.tidemark.docker.Containers;
import dev.tidemark.docker.Image;
import dev.tidemark.docker.NeedsDocker;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.postgresql.PostgreSQLContainer;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Containers with a label are replicas, with no URL written anywhere.
 */
@NeedsDocker(Image.POSTGRES)
class ContainerReplicasIT {

	@Test
	void containerBeansAreReplicas() {
		try (ConfigurableApplicationContext application = new SpringApplicationBuilder(Beans.class)
			.web(WebApplicationType.NONE)
			.properties("tidemark.marker.store=memory", "spring.main.banner-mode=off", Library.only())
			.run()) {
			assertReadsReplicas(application.getBean(JdbcTemplate.class),
					application.getBean(PlatformTransactionManager.class));
			assertThat(application.getBean(TidemarkProperties.class).replicas()).containsOnlyKeys("one", "two");
		}
	}

	/**
	 * A write reaches the primary, and a read-only transaction a replica of it.
	 */
	private static void assertReadsReplicas(JdbcTemplate jdbc, PlatformTransactionManager transactions) {
		jdbc.execute("CREATE TABLE IF NOT EXISTS note (n int)");
		TransactionTemplate readOnly = new TransactionTemplate(transactions);
		readOnly.setReadOnly(true);
		Awaitility.await()
			.ignoreExceptions()
			.until(() -> Boolean.TRUE.equals(readOnly.execute((status) -> jdbc.queryForObject(
					"SELECT pg_is_in_recovery() AND EXISTS (SELECT FROM pg_class WHERE relname = 'note')",
					Boolean.class))));
		assertThat(jdbc.queryForObject("SELECT count(*) FROM pg_stat_replication", Integer.class)).isPositive();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Beans {

		@Bean
		Network network() {
			return Network.newNetwork();
		}

		@Bean
		@ServiceConnection
		PostgreSQLContainer primary(Network network) {
			return Containers.primary(network);
		}

		@Bean
		GenericContainer<?> one(PostgreSQLContainer primary, Network network) {
			return Containers.replica("one", primary, network);
		}

		@Bean
		GenericContainer<?> two(PostgreSQLContainer primary, Network network) {
			return Containers.replica("two", primary, network);
		}

	}

	/**
	 * In static fields of a test.
	 */
	@Nested
	@SpringBootTest(classes = ContainerReplicasIT.Application.class,
			properties = { "tidemark.marker.store=memory", "spring.main.web-application-type=none" })
	class StaticFields {

		static final Network network = Network.newNetwork();

		@ServiceConnection
		static final PostgreSQLContainer primary = Containers.primary(network);

		static final GenericContainer<?> replica = Containers.replica("replica", primary, network);

		@Test
		void areReplicas(@Autowired JdbcTemplate jdbc, @Autowired PlatformTransactionManager transactions,
				@Autowired TidemarkProperties properties) {
			assertReadsReplicas(jdbc, transactions);
			assertThat(properties.replicas()).containsOnlyKeys("replica");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration(
			excludeName = { "net.ttddyy.observation.boot.autoconfigure.DataSourceObservationAutoConfiguration",
					"org.mybatis.spring.boot.autoconfigure.MybatisAutoConfiguration",
					"org.springframework.boot.data.jdbc.autoconfigure.DataJdbcRepositoriesAutoConfiguration",
					"org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration",
					"org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration" })
	static class Application {

	}

}
