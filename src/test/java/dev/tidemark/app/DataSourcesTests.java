package dev.tidemark.app;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ConsistencySession;
import dev.tidemark.routing.RoutingDataSource;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import net.ttddyy.dsproxy.QueryInfo;
import net.ttddyy.dsproxy.support.ProxyDataSource;
import net.ttddyy.dsproxy.support.ProxyDataSourceBuilder;
import org.aspectj.lang.ProceedingJoinPoint;
import org.aspectj.lang.annotation.Around;
import org.aspectj.lang.annotation.Aspect;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Several data sources, and what others put in front of a pool or behind the routing.
 */
@ExtendWith(OutputCaptureExtension.class)
class DataSourcesTests {

	private static final String OTHER_DATABASE = "other.url";

	private static Servers servers;

	@BeforeAll
	static void start() {
		servers = new Servers();
		try (ConfigurableApplicationContext application = run(Plain.class)) {
			application.getBean(JdbcTemplate.class).execute("CREATE DATABASE other");
		}
	}

	@AfterAll
	static void stop() {
		servers.close();
	}

	@Test
	void primaryOfTwoIsRouted() throws Exception {
		try (ConfigurableApplicationContext application = run(PrimaryOfTwo.class)) {
			assertRouted(application);
			assertOnItsOwn(application.getBean("otherDataSource", DataSource.class));
		}
	}

	@Test
	void onlyDefaultCandidateIsRouted() throws Exception {
		try (ConfigurableApplicationContext application = run(OneDefaultCandidate.class)) {
			assertRouted(application);
			assertOnItsOwn(application.getBean("otherDataSource", DataSource.class));
		}
	}

	@Test
	void twoOfWhichNoneIsPrimaryAreExplained(CapturedOutput output) {
		assertThatException().isThrownBy(() -> run(NoneOfTwo.class));
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("several data sources (dataSource, otherDataSource), and none is primary")
			.contains("Action:")
			.contains("@Primary");
	}

	@Test
	void connectionsThatAreFetchedLazilyAreRouted() throws Exception {
		try (ConfigurableApplicationContext application = run(Plain.class, "spring.datasource.connection-fetch=lazy")) {
			assertRouted(application);
			assertNothingIsTakenBeforeFirstStatement(application);
		}
	}

	@Test
	void proxyThatAPostProcessorAddsSeesEveryStatement(CapturedOutput output) throws Exception {
		try (ConfigurableApplicationContext application = run(ProxyInFront.class)) {
			assertThat(application.getBean(DataSource.class)).isInstanceOf(ProxyDataSource.class);
			Statements statements = application.getBean(Statements.class);
			statements.seen.clear();
			assertRouted(application);
			assertThat(statements.seen).hasSizeGreaterThanOrEqualTo(2).containsOnly("SELECT pg_is_in_recovery()");
			assertNothingIsTakenBeforeFirstStatement(application);
		}
		assertThat(output).doesNotContain("sees none of them");
	}

	@Test
	void proxyAroundThePoolIsRoutedAndToldToSeeNothing(CapturedOutput output) throws Exception {
		try (ConfigurableApplicationContext application = run(ProxyBehind.class)) {
			Statements statements = application.getBean(Statements.class);
			statements.seen.clear();
			assertRouted(application);
			assertThat(statements.seen).isEmpty();
			assertNothingIsTakenBeforeFirstStatement(application);
		}
		assertThat(output).containsOnlyOnce("sees none of them");
	}

	@Test
	void aspectAroundGetConnectionIsRouted() throws Exception {
		try (ConfigurableApplicationContext application = run(AspectInFront.class)) {
			assertRouted(application);
			assertThat(application.getBean(CountingAspect.class).targets).contains(RoutingDataSource.class);
		}
	}

	@Test
	void datasourceMicrometerObservesEveryStatementOnce() throws Exception {
		try (ConfigurableApplicationContext application = run(Observed.class,
				Library.only(Library.DATASOURCE_MICROMETER))) {
			Observations observations = application.getBean(Observations.class);
			observations.names.clear();
			assertRouted(application);
			observations.names.clear();
			assertNothingIsTakenBeforeFirstStatement(application);
			assertThat(observations.names).containsOnlyOnce("jdbc.connection", "jdbc.query");
		}
	}

	private static ConfigurableApplicationContext run(Class<?> application, String... properties) {
		String[] all = new String[properties.length + 1];
		System.arraycopy(properties, 0, all, 0, properties.length);
		all[properties.length] = OTHER_DATABASE + "="
				+ servers.postgres().primary().jdbcUrl().replaceFirst("/[^/]*$", "/other");
		return servers.start(application, WebApplicationType.NONE, all);
	}

	@Test
	void driverPropertiesOfAReplicaAreItsOwn() {
		List<String> names = servers.postgres().replicas().stream().map(PostgresReplica::name).toList();
		String[] properties = names.stream()
			.map((name) -> "tidemark.replicas." + name + ".hikari.data-source-properties.ApplicationName=for-" + name)
			.toArray(String[]::new);
		try (ConfigurableApplicationContext application = run(Plain.class, properties)) {
			assertRouted(application);
			for (PostgresReplica replica : servers.postgres().replicas()) {
				assertThat(applicationNames(replica)).contains("for-" + replica.name())
					.doesNotContainAnyElementsOf(
							names.stream().filter((name) -> !name.equals(replica.name())).map("for-"::concat).toList());
			}
			assertThat(applicationNames(servers.postgres().primary())).noneMatch((name) -> name.startsWith("for-"));
		}
	}

	private static List<String> applicationNames(PostgresServer server) {
		return new JdbcTemplate(new DriverManagerDataSource(server.jdbcUrl(), server.username(), server.password()))
			.queryForList("SELECT application_name FROM pg_stat_activity WHERE backend_type = 'client backend'",
					String.class);
	}

	private static void assertRouted(ConfigurableApplicationContext application) {
		JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
		TransactionTemplate readWrite = transactions(application, false);
		TransactionTemplate readOnly = transactions(application, true);
		Awaitility.await()
			.until(() -> application.getBean(ConsistencySession.class)
				.callAs("reader", () -> readOnly.execute((status) -> isInRecovery(jdbc))));
		Boolean writesToReplica = readWrite.execute((status) -> isInRecovery(jdbc));
		assertThat(writesToReplica).isFalse();
	}

	private static void assertNothingIsTakenBeforeFirstStatement(ConfigurableApplicationContext application) {
		JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
		HikariDataSource primary = pool(application.getBean("dataSource", DataSource.class));
		List<Integer> taken = transactions(application, true).execute((status) -> {
			int before = primary.getHikariPoolMXBean().getActiveConnections();
			assertThat(isInRecovery(jdbc)).isTrue();
			return List.of(before, primary.getHikariPoolMXBean().getActiveConnections());
		});
		assertThat(taken).containsExactly(0, 0);
	}

	private static void assertOnItsOwn(DataSource other) {
		assertThat(other).isExactlyInstanceOf(HikariDataSource.class);
		TransactionTemplate readOnly = new TransactionTemplate(new JdbcTransactionManager(other));
		readOnly.setReadOnly(true);
		String where = readOnly.execute((status) -> new JdbcTemplate(other)
			.queryForObject("SELECT current_database() || ' ' || pg_is_in_recovery()", String.class));
		assertThat(where).isEqualTo("other false");
	}

	private static TransactionTemplate transactions(ConfigurableApplicationContext application, boolean readOnly) {
		TransactionTemplate transactions = new TransactionTemplate(
				application.getBean(PlatformTransactionManager.class));
		transactions.setReadOnly(readOnly);
		return transactions;
	}

	private static boolean isInRecovery(JdbcTemplate jdbc) {
		return Boolean.TRUE.equals(jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class));
	}

	private static HikariDataSource pool(DataSource dataSource) {
		HikariDataSource pool = DataSourceUnwrapper.unwrap(dataSource, HikariConfigMXBean.class,
				HikariDataSource.class);
		assertThat(pool).isNotNull();
		return pool;
	}

	private static HikariDataSource pool(DataSourceProperties properties) {
		return properties.initializeDataSourceBuilder().type(HikariDataSource.class).build();
	}

	private static HikariDataSource otherPool(DataSourceProperties properties, Environment environment) {
		HikariDataSource pool = pool(properties);
		pool.setJdbcUrl(environment.getRequiredProperty(OTHER_DATABASE));
		return pool;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class PrimaryOfTwo {

		@Bean
		@Primary
		HikariDataSource dataSource(DataSourceProperties properties) {
			return pool(properties);
		}

		@Bean
		HikariDataSource otherDataSource(DataSourceProperties properties, Environment environment) {
			return otherPool(properties, environment);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class OneDefaultCandidate {

		@Bean(defaultCandidate = false)
		@Qualifier("other")
		HikariDataSource otherDataSource(DataSourceProperties properties, Environment environment) {
			return otherPool(properties, environment);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class NoneOfTwo {

		@Bean
		HikariDataSource dataSource(DataSourceProperties properties) {
			return pool(properties);
		}

		@Bean
		HikariDataSource otherDataSource(DataSourceProperties properties, Environment environment) {
			return otherPool(properties, environment);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ProxyInFront {

		@Bean
		static Statements statements() {
			return new Statements();
		}

		@Bean
		static BeanPostProcessor proxyOfDataSources(Statements statements) {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String beanName) {
					return (bean instanceof DataSource dataSource && beanName.equals("dataSource"))
							? statements.proxy(dataSource) : bean;
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ProxyBehind {

		@Bean
		Statements statements() {
			return new Statements();
		}

		@Bean
		DataSource dataSource(DataSourceProperties properties, Statements statements) {
			return statements.proxy(pool(properties));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class AspectInFront {

		@Bean
		CountingAspect countingAspect() {
			return new CountingAspect();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Observed {

		@Bean
		Observations observations() {
			return new Observations();
		}

	}

	static final class Statements {

		private final List<String> seen = new CopyOnWriteArrayList<>();

		DataSource proxy(DataSource dataSource) {
			return ProxyDataSourceBuilder.create(dataSource)
				.afterQuery((execution, queries) -> queries.stream().map(QueryInfo::getQuery).forEach(this.seen::add))
				.build();
		}

	}

	@Aspect
	static class CountingAspect {

		private final List<Class<?>> targets = new CopyOnWriteArrayList<>();

		@Around("execution(* javax.sql.DataSource.getConnection(..))")
		Object count(ProceedingJoinPoint call) throws Throwable {
			this.targets.add(call.getTarget().getClass());
			return call.proceed();
		}

	}

	static final class Observations implements ObservationHandler<Observation.Context> {

		private final List<String> names = new CopyOnWriteArrayList<>();

		@Override
		public void onStop(Observation.Context context) {
			this.names.add(context.getName());
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

	}

}
