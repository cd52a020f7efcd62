package dev.tidemark.app;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ConsistencySession;
import dev.tidemark.ReadConsistency;
import dev.tidemark.ReadConsistencyUnavailableException;
import dev.tidemark.test.PostgresReplica;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Trap 18: all replicas lag at once. The primary's pool has four connections, of which
 * two are for reads that wanted a replica.
 */
class PrimaryFallbackTests {

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.NONE,
				"spring.datasource.hikari.maximum-pool-size=4", "tidemark.primary-fallback.max-wait=300ms",
				"tidemark.consistency.default-level=read-your-writes");
		application.getBean(JdbcTemplate.class).execute("CREATE TABLE note (n int)");
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> application.getBean(Notes.class).inRecovery());
	}

	@BeforeEach
	void repair() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		servers.postgres().awaitReplicated();
	}

	@AfterAll
	static void stop() {
		application.close();
		servers.close();
	}

	@Test
	void readsThatWantedAReplicaLeaveHalfOfThePrimaryToTheOthers() throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		Notes notes = application.getBean(Notes.class);
		as("writer", notes::write);
		CountDownLatch reading = new CountDownLatch(2);
		CountDownLatch done = new CountDownLatch(1);
		CompletableFuture<?>[] readers = new CompletableFuture<?>[2];
		for (int i = 0; i < readers.length; i++) {
			readers[i] = CompletableFuture.runAsync(() -> as("writer", () -> notes.readAndWait(reading, done)));
		}
		reading.await();
		try {
			assertThat(application.getBean(MeterRegistry.class).get("tidemark.primary.fallback.active").gauge().value())
				.isEqualTo(2);
			assertThatExceptionOfType(ReadConsistencyUnavailableException.class)
				.isThrownBy(() -> as("writer", notes::inRecovery))
				.withMessageContaining("recent-write")
				.withMessageContaining("tidemark.primary-fallback.max-concurrent")
				.satisfies((ex) -> assertThat(ex.getLevel()).isEqualTo(ConsistencyLevel.READ_YOUR_WRITES));
			assertThat(application.getBean(MeterRegistry.class)
				.get("tidemark.primary.fallback.rejected")
				.counter()
				.count()).isEqualTo(1);
			as("writer", notes::write);
			as("writer", () -> assertThat(notes.readPrimary()).isFalse());
			as("writer", () -> assertThat(notes.inRecoveryEventually()).isTrue());
		}
		finally {
			done.countDown();
		}
		CompletableFuture.allOf(readers).join();
		as("writer", () -> assertThat(notes.inRecovery()).isFalse());
		assertThat(application.getBean(MeterRegistry.class).get("tidemark.primary.fallback.active").gauge().value())
			.isZero();
	}

	@Test
	void userWhoHasTheirShareWaitsForTheOthers() throws Exception {
		try (ConfigurableApplicationContext patient = servers.start(Application.class, WebApplicationType.NONE,
				"spring.datasource.hikari.maximum-pool-size=4", "tidemark.primary-fallback.max-wait=1m",
				"tidemark.consistency.default-level=read-your-writes")) {
			servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
			Notes notes = patient.getBean(Notes.class);
			as(patient, "greedy", notes::write);
			as(patient, "modest", notes::write);
			CountDownLatch reading = new CountDownLatch(2);
			CountDownLatch firstDone = new CountDownLatch(1);
			CountDownLatch secondDone = new CountDownLatch(1);
			List<String> served = new CopyOnWriteArrayList<>();
			List<Thread> readers = List.of(reader(patient, "greedy", () -> notes.readAndWait(reading, firstDone)),
					reader(patient, "greedy", () -> notes.readAndWait(reading, secondDone)));
			try {
				reading.await();
				Thread third = reader(patient, "greedy", () -> notes.readAnd(() -> served.add("greedy")));
				Awaitility.await().until(() -> waitsForAPlace(third));
				Thread modest = reader(patient, "modest", () -> notes.readAnd(() -> served.add("modest")));
				Awaitility.await().until(() -> waitsForAPlace(modest));
				firstDone.countDown();
				third.join();
				modest.join();
				assertThat(served).containsExactly("modest", "greedy");
			}
			finally {
				firstDone.countDown();
				secondDone.countDown();
				for (Thread reader : readers) {
					reader.join();
				}
			}
		}
	}

	private static boolean waitsForAPlace(Thread thread) {
		return thread.getState() == Thread.State.TIMED_WAITING && Stream.of(thread.getStackTrace())
			.anyMatch((frame) -> frame.getClassName().endsWith(".FallbackBudget"));
	}

	private static Thread reader(ConfigurableApplicationContext instance, String user, Runnable read) {
		Thread thread = new Thread(() -> as(instance, user, read));
		thread.start();
		return thread;
	}

	private static void as(String user, Runnable use) {
		as(application, user, use);
	}

	private static void as(ConfigurableApplicationContext instance, String user, Runnable use) {
		instance.getBean(ConsistencySession.class).runAs(user, use);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Notes notes(JdbcTemplate jdbc) {
			return new Notes(jdbc);
		}

	}

	static class Notes {

		private final JdbcTemplate jdbc;

		Notes(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
		}

		@Transactional
		public void write() {
			this.jdbc.update("INSERT INTO note VALUES (1)");
		}

		@Transactional(readOnly = true)
		public void readAndWait(CountDownLatch reading, CountDownLatch done) {
			inRecovery();
			reading.countDown();
			try {
				done.await();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Transactional(readOnly = true)
		public void readAnd(Runnable then) {
			inRecovery();
			then.run();
		}

		@Transactional(readOnly = true)
		public boolean inRecovery() {
			return this.jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class);
		}

		@Transactional(readOnly = true)
		@ReadConsistency(level = ConsistencyLevel.EVENTUAL)
		public boolean inRecoveryEventually() {
			return inRecovery();
		}

		@Transactional(readOnly = true)
		@ReadConsistency(level = ConsistencyLevel.PRIMARY)
		public boolean readPrimary() {
			return inRecovery();
		}

	}

}
