package dev.tidemark.app;

import java.util.ArrayList;
import java.util.List;

import dev.tidemark.ConsistencySession;
import dev.tidemark.FeedsWriteDecision;
import dev.tidemark.ReadConsistency;
import dev.tidemark.redis.RedisUser;
import dev.tidemark.routing.RoutingDataSource;
import dev.tidemark.test.ReplicatedPostgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * What an application logs and refuses at its start.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartUpTests {

	private static final String PASSWORD = "hunter2-very-secret";

	private static Servers servers;

	private static ReplicatedPostgres foreign;

	@BeforeAll
	static void start() {
		servers = new Servers();
		foreign = ReplicatedPostgres.builder().replicas("other").start();
	}

	@AfterAll
	static void stop() {
		foreign.close();
		servers.close();
	}

	@Test
	void withoutReplicaTheApplicationWorksAndSaysSo(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run(Application.class)) {
			assertThat(context.getBean(JdbcTemplate.class).queryForObject("SELECT 1", Integer.class)).isOne();
			assertThat(context.getBean(javax.sql.DataSource.class)).isNotInstanceOf(RoutingDataSource.class);
			assertThat(context.getBean(ConsistencySession.class)).isNotNull();
		}
		assertThat(output).containsOnlyOnce("Tidemark is not in use: no replica is configured");
	}

	@Test
	void disabledTheApplicationIsAsItWas(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run(Application.class, replica("replica1"),
				"tidemark.enabled=false")) {
			assertThat(context.getBeansOfType(javax.sql.DataSource.class)).containsOnlyKeys("dataSource");
			assertThat(context.getBean(javax.sql.DataSource.class)).isNotInstanceOf(RoutingDataSource.class);
		}
		assertThat(output).containsOnlyOnce("Tidemark is not in use: tidemark.enabled is false");
	}

	@Test
	void withoutRedisOnTheClassPathMarkersAreInMemory(CapturedOutput output) {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class,
					DataSourceTransactionManagerAutoConfiguration.class, JdbcTemplateAutoConfiguration.class,
					dev.tidemark.autoconfigure.TidemarkAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader("org.springframework.data.redis", "io.lettuce"))
			.withPropertyValues(datasource().toArray(String[]::new))
			.withPropertyValues(replica("replica1"))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(JdbcTemplate.class).queryForObject("SELECT 1", Integer.class)).isOne();
			});
		assertThat(output).containsOnlyOnce("Markers are kept in memory");
	}

	@Test
	void downReplicaDoesNotPreventTheStart() {
		try (ConfigurableApplicationContext context = run(Application.class, replica("replica1"),
				"tidemark.replicas.lost.url=jdbc:postgresql://127.0.0.1:1/postgres")) {
			assertThat(context.getBean(JdbcTemplate.class).queryForObject("SELECT 1", Integer.class)).isOne();
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "tidemark.replicas.r.username=x | tidemark.replicas.r.url is not set",
			"tidemark.replicas.r.url=jdbc:mysql://host/db?password=${password} | not a JDBC URL for PostgreSQL",
			"tidemark.marker.ttl=10s | does not exceed tidemark.consistency.max-staleness",
			"tidemark.consistency.default-level=sesion | tidemark.consistency.default-level",
			"tidemark.replicas.replica1.weight=0 | must be at least 1",
			"tidemark.web.token.secret=${password} | tidemark.web.token.secret is too short",
			"tidemark.web.token.send-to=https://orders | which is no host",
			"tidemark.monitor.interval=0ms | must be longer than zero",
			"tidemark.monitor.interval=-1s | tidemark.monitor.interval must be longer than zero",
			"tidemark.marker.timeout=0ms | tidemark.marker.timeout must be longer than zero",
			"tidemark.marker.timeout=-50ms | tidemark.marker.timeout must be longer than zero",
			"tidemark.consistency.max-staleness=0s | tidemark.consistency.max-staleness must be longer than zero",
			"tidemark.consistency.max-staleness=-1s | tidemark.consistency.max-staleness must be longer than zero",
			"tidemark.marker.ttl=0s | does not exceed tidemark.consistency.max-staleness",
			"tidemark.marker.ttl=-1m | does not exceed tidemark.consistency.max-staleness",
			"tidemark.marker.ttl=soon | neither a duration nor auto",
			"tidemark.consistency.fence-wait=-1ms | tidemark.consistency.fence-wait is -1 ms",
			"tidemark.consistency.fence-wait=soon | tidemark.consistency.fence-wait",
			"tidemark.primary-fallback.max-wait=-1s | tidemark.primary-fallback.max-wait is -1000 ms",
			"tidemark.primary-fallback.max-concurrent=0 | no read could ever use the primary",
			"tidemark.primary-fallback.max-concurrent=-3 | no read could ever use the primary",
			"tidemark.marker.key-prefix= | tidemark.marker.key-prefix is blank",
			"tidemark.marker.store=disk | tidemark.marker.store", "tidemark.marker.mode=time | tidemark.marker.mode",
			"tidemark.web.token.cookie-name= | which is no name for a cookie",
			"tidemark.web.token.cookie-name=a;b | which is no name for a cookie",
			"tidemark.replicas.replica1.weight=-1 | must be at least 1",
			"tidemark.replicas.[ ].url=jdbc:postgresql://127.0.0.1:1/x | A replica has a blank name",
			"tidemark.replicas.r.url= | tidemark.replicas.r.url is not set",
			"tidemark.replicas.r.url=jdbc:postgresql://host:port/x?password=${password} | not a JDBC URL",
			"tidemark.replicas.r.url=r2dbc:postgresql://x:${password}@host/db | not a JDBC URL for PostgreSQL",
			"tidemark.replicas.primary.url=jdbc:postgresql://127.0.0.1:1/x | Give the replica another name" })
	void badPropertyIsExplained(String property, String explanation, CapturedOutput output) {
		fails(output, explanation, Application.class, replica("replica1"), property.replace("${password}", PASSWORD));
	}

	@Test
	void twoReplicasWithOneAddressAreExplained(CapturedOutput output) {
		fails(output, "have the same address", Application.class, replica("replica1"), "tidemark.replicas.twin.url="
				+ servers.postgres().replica("replica1").jdbcUrl() + "?user=postgres&password=" + PASSWORD);
	}

	@Test
	void driverThatHidesReadOnlyTransactionsIsExplained(CapturedOutput output) {
		fails(output, "readOnlyMode is 'ignore'", Application.class, replica("replica1"),
				"spring.datasource.url=" + servers.postgres().primary().jdbcUrl() + "?readOnlyMode=ignore");
		fails(output, "readOnlyMode is 'ignore'", Application.class, replica("replica1"),
				"spring.datasource.hikari.data-source-properties.readOnlyMode=ignore");
	}

	@Test
	void replicaThatIsPrimaryIsExplained(CapturedOutput output) {
		fails(output, "is not a replica: it is not in recovery", Application.class,
				"tidemark.replicas.r.url=" + servers.postgres().primary().jdbcUrl());
	}

	@Test
	void replicaOfAnotherClusterIsExplained(CapturedOutput output) {
		fails(output, "belongs to another cluster", Application.class,
				"tidemark.replicas.r.url=" + foreign.replica("other").jdbcUrl(),
				"tidemark.replicas.r.password=" + foreign.replica("other").password());
	}

	@Test
	void annotationOnPrivateMethodIsExplained(CapturedOutput output) {
		fails(output, "no proxy can intercept a private method", OnPrivateMethod.class, replica("replica1"));
	}

	@Test
	void annotationOnStaticMethodIsExplained(CapturedOutput output) {
		fails(output, "no proxy can intercept a static method", OnStaticMethod.class, replica("replica1"));
	}

	@Test
	void annotationOnFinalMethodIsExplained(CapturedOutput output) {
		fails(output, "no proxy can intercept a final method", OnFinalMethod.class, replica("replica1"));
	}

	@Test
	void annotationOnFinalClassIsExplained(CapturedOutput output) {
		fails(output, "no proxy can extend a final class", OnFinalClass.class, replica("replica1"));
	}

	@Test
	void missingAopIsExplained(CapturedOutput output) {
		fails(output, "AOP is missing", OnPublicMethod.class, replica("replica1"), "spring.aop.auto=false",
				Library.only() + "," + TransactionAutoConfiguration.class.getName() + ","
						+ HibernateJpaAutoConfiguration.class.getName());
	}

	@Test
	void annotationWithBadDurationIsExplained(CapturedOutput output) {
		fails(output, "is not a duration", BadDuration.class, replica("replica1"));
	}

	private static void fails(CapturedOutput output, String explanation, Class<?> application, String... properties) {
		assertThatException().isThrownBy(() -> run(application, properties));
		assertThat(output).contains("APPLICATION FAILED TO START").contains(explanation).contains("Action:");
		assertThat(output).doesNotContain(PASSWORD).doesNotContain(servers.postgres().primary().password());
	}

	private static String replica(String name) {
		return "tidemark.replicas." + name + ".url=" + servers.postgres().replica(name).jdbcUrl();
	}

	private static List<String> datasource() {
		return List.of("spring.datasource.url=" + servers.postgres().primary().jdbcUrl(),
				"spring.datasource.username=" + servers.postgres().primary().username(),
				"spring.datasource.password=" + servers.postgres().primary().password(),
				"spring.data.redis.port=" + servers.redis().port(), "spring.data.redis.username=" + RedisUser.NAME,
				"spring.data.redis.password=" + RedisUser.PASSWORD, "logging.level.dev.tidemark=INFO");
	}

	private static ConfigurableApplicationContext run(Class<?> application, String... properties) {
		List<String> all = new ArrayList<>(datasource());
		all.add(Library.only());
		all.addAll(List.of(properties));
		SpringApplication springApplication = new SpringApplicationBuilder(application).web(WebApplicationType.NONE)
			.properties(all.toArray(String[]::new))
			.build();
		return springApplication.run();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class OnPrivateMethod {

		@Bean
		Service service() {
			return new Service();
		}

		static class Service {

			@FeedsWriteDecision
			private void decide() {
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class OnPublicMethod {

		@Bean
		Service service() {
			return new Service();
		}

		static class Service {

			@FeedsWriteDecision
			public void decide() {
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class OnStaticMethod {

		@Bean
		Service service() {
			return new Service();
		}

		static class Service {

			@FeedsWriteDecision
			public static void decide() {
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class OnFinalMethod {

		@Bean
		Service service() {
			return new Service();
		}

		static class Service {

			@FeedsWriteDecision
			public final void decide() {
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class OnFinalClass {

		@Bean
		Service service() {
			return new Service();
		}

		static final class Service {

			@FeedsWriteDecision
			public void decide() {
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class BadDuration {

		@Bean
		Service service() {
			return new Service();
		}

		static class Service {

			@ReadConsistency(maxStaleness = "soon")
			public void read() {
			}

		}

	}

}
