package dev.tidemark.app;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

import dev.tidemark.ConsistencySession;
import dev.tidemark.ReadConsistencyUnavailableException;
import dev.tidemark.observation.DefaultRoutingObservationConvention;
import dev.tidemark.observation.RoutingObservationContext;
import dev.tidemark.observation.RoutingObservationConvention;
import dev.tidemark.routing.Decision;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.wal.ReplicationMonitor;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * What a trace shows of decisions.
 */
class ObservationTests {

	private static final String NAME = "tidemark.routing";

	private static Servers servers;

	@BeforeAll
	static void start() {
		servers = new Servers();
		try (App app = new App(Plain.class)) {
			app.jdbc().execute("CREATE TABLE thing (id int)");
		}
		servers.postgres().awaitReplicated();
	}

	@AfterAll
	static void stop() {
		servers.close();
	}

	@Test
	void transactionOnReplicaIsOneObservation() throws Exception {
		try (App app = new App(Observed.class)) {
			app.observed().clear();
			String replica = Objects.requireNonNull(app.read("somebody", () -> {
				app.jdbc().queryForObject("SELECT count(*) FROM thing WHERE id = ?", Integer.class, 1);
				app.jdbc().queryForObject("SELECT count(*) FROM thing", Integer.class);
				return app.server();
			}));
			assertThat(replica).startsWith("replica");
			TestObservationRegistryAssert.assertThat(app.observed())
				.hasNumberOfObservationsWithNameEqualTo(NAME, 1)
				.hasObservationWithNameEqualTo(NAME)
				.that()
				.hasContextualNameEqualTo("routing to " + replica)
				.hasLowCardinalityKeyValue("target", replica)
				.hasLowCardinalityKeyValue("reason", "no-recent-write")
				.hasHighCardinalityKeyValueWithKey("staleness")
				.hasHighCardinalityKeyValueWithKey("position")
				.hasBeenStarted()
				.hasBeenStopped();
		}
	}

	@Test
	void observationIsPartOfWhatIsCurrentAndEndsBeforeTheQuery() throws Exception {
		try (App app = new App(Observed.class)) {
			app.observed().clear();
			Observation outer = Observation.createNotStarted("outer", app.observed());
			outer.observeChecked(() -> app.read("somebody", () -> {
				app.server();
				assertThat(app.observed().getCurrentObservation()).isSameAs(outer);
				return true;
			}));
			TestObservationRegistryAssert.assertThat(app.observed())
				.hasObservationWithNameEqualTo(NAME)
				.that()
				.hasParentObservationEqualTo(outer);
		}
	}

	@Test
	void writeIsObservedOnThePrimary() {
		try (App app = new App(Observed.class)) {
			app.observed().clear();
			new TransactionTemplate(app.bean(PlatformTransactionManager.class)).executeWithoutResult((status) -> {
				app.jdbc().update("INSERT INTO thing VALUES (1)");
				app.jdbc().update("INSERT INTO thing VALUES (?)", 2);
			});
			TestObservationRegistryAssert.assertThat(app.observed())
				.hasNumberOfObservationsWithNameEqualTo(NAME, 1)
				.hasObservationWithNameEqualTo(NAME)
				.that()
				.hasLowCardinalityKeyValue("target", "primary")
				.hasLowCardinalityKeyValue("reason", "read-write")
				.hasHighCardinalityKeyValue("staleness", "0");
		}
	}

	@Test
	void statementOutsideATransactionIsOneObservation() {
		try (App app = new App(Observed.class)) {
			app.observed().clear();
			app.jdbc().queryForObject("SELECT count(*) FROM thing WHERE id = ?", Integer.class, 1);
			assertObservations(app, 1);
			app.jdbc().queryForObject("SELECT count(*) FROM thing", Integer.class);
			assertObservations(app, 2);
		}
	}

	@Test
	void decisionThatCannotBeMadeIsObservedWithItsError() throws Exception {
		try (App app = new App(Observed.class, "tidemark.consistency.max-staleness=1s",
				"tidemark.primary-fallback.max-concurrent=1", "tidemark.primary-fallback.max-wait=1ms")) {
			servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
			try {
				app.jdbc().update("INSERT INTO thing VALUES (3)");
				app.bean(ReplicationMonitor.class)
					.status()
					.replicas()
					.forEach((replica) -> app.bean(ReplicationMonitor.class).drain(replica.name(), true));
				app.read("first", () -> {
					app.server();
					app.observed().clear();
					assertThatException().isThrownBy(() -> onAnotherThread(() -> app.read("second", app::server)))
						.withRootCauseInstanceOf(ReadConsistencyUnavailableException.class);
					return true;
				});
			}
			finally {
				servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
			}
			TestObservationRegistryAssert.assertThat(app.observed())
				.hasObservationWithNameEqualTo(NAME)
				.that()
				.hasError()
				.hasBeenStopped()
				.hasLowCardinalityKeyValue("target", "none")
				.hasLowCardinalityKeyValue("reason", "none");
		}
	}

	private static void assertObservations(App app, int number) {
		TestObservationRegistryAssert.assertThat(app.observed()).hasNumberOfObservationsWithNameEqualTo(NAME, number);
	}

	private static void onAnotherThread(Callable<?> task) throws Exception {
		FutureTask<?> future = new FutureTask<>(task);
		new Thread(future).start();
		future.get();
	}

	@Test
	void conventionMayBeReplaced() throws Exception {
		try (App app = new App(WithConvention.class)) {
			app.observed().clear();
			app.read("somebody", app::server);
			TestObservationRegistryAssert.assertThat(app.observed())
				.hasObservationWithNameEqualTo("where.reads.go")
				.that()
				.hasLowCardinalityKeyValue("kind", "replica")
				.doesNotHaveLowCardinalityKeyValueWithKey("target");
		}
	}

	@Test
	void handlerThatFailsBreaksNothing() throws Exception {
		try (App app = new App(Failing.class)) {
			assertThat(app.read("somebody", app::server)).startsWith("replica");
			assertThat(app.bean(ObservationRegistry.class).getCurrentObservationScope()).isNull();
		}
	}

	@Test
	void observationIsATimerToo() throws Exception {
		try (App app = new App(Plain.class)) {
			app.read("somebody", app::server);
			assertThat(app.bean(MeterRegistry.class)
				.get(NAME)
				.tag("reason", "no-recent-write")
				.timers()
				.stream()
				.mapToLong((timer) -> timer.count())
				.sum()).isPositive();
		}
	}

	@Test
	void observationMayBeSwitchedOff() throws Exception {
		try (App app = new App(Observed.class, "management.observations.enable.tidemark.routing=false")) {
			app.observed().clear();
			assertThat(app.read("somebody", app::server)).startsWith("replica");
			assertObservations(app, 0);
			assertThat(app.bean(MeterRegistry.class).find(NAME).timers()).isEmpty();
			assertThat(app.bean(MeterRegistry.class).find("tidemark.routing.decisions").counters()).isNotEmpty();
		}
	}

	/**
	 * An application on the servers.
	 */
	private static final class App implements AutoCloseable {

		private final ConfigurableApplicationContext context;

		App(Class<?> application, String... properties) {
			this.context = servers.start(application, WebApplicationType.NONE, properties);
			ReplicationMonitor monitor = bean(ReplicationMonitor.class);
			Awaitility.await()
				.until(() -> monitor.status()
					.replicas()
					.stream()
					.allMatch((replica) -> replica.isNoOlderThanItWas() && monitor.status().lagBytes(replica) == 0));
		}

		<T> T bean(Class<T> type) {
			return this.context.getBean(type);
		}

		JdbcTemplate jdbc() {
			return bean(JdbcTemplate.class);
		}

		TestObservationRegistry observed() {
			return bean(TestObservationRegistry.class);
		}

		String server() {
			int port = Objects.requireNonNull(jdbc().queryForObject("SELECT inet_server_port()", Integer.class));
			return servers.postgres()
				.replicas()
				.stream()
				.filter((replica) -> replica.port() == port)
				.map(PostgresReplica::name)
				.findFirst()
				.orElse("primary");
		}

		<T> T read(String user, Task<T> task) throws Exception {
			TransactionTemplate readOnly = new TransactionTemplate(bean(PlatformTransactionManager.class));
			readOnly.setReadOnly(true);
			return bean(ConsistencySession.class).callAs(user, () -> readOnly.execute((status) -> task.run()));
		}

		@Override
		public void close() {
			this.context.close();
		}

	}

	@FunctionalInterface
	private interface Task<T> {

		T run();

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Observed {

		@Bean
		TestObservationRegistry observationRegistry() {
			return TestObservationRegistry.create();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class WithConvention extends Observed {

		@Bean
		RoutingObservationConvention convention() {
			return new DefaultRoutingObservationConvention() {

				@Override
				public String getName() {
					return "where.reads.go";
				}

				@Override
				public KeyValues getLowCardinalityKeyValues(RoutingObservationContext context) {
					Decision decision = context.getDecision();
					return KeyValues.of("kind", (decision == null || decision.isPrimary()) ? "primary" : "replica");
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Failing {

		@Bean
		ObservationHandler<RoutingObservationContext> failingHandler() {
			return new ObservationHandler<>() {

				@Override
				public void onScopeOpened(RoutingObservationContext context) {
					throw new IllegalStateException("a handler that fails");
				}

				@Override
				public boolean supportsContext(Observation.Context context) {
					return context instanceof RoutingObservationContext;
				}

			};
		}

	}

}
