package dev.tidemark.app;

import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

import dev.tidemark.ConsistencySession;
import dev.tidemark.ConsistencyToken;
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
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Mode window, on servers that hide their WAL from the application's role: two instances,
 * a window of six seconds, replicas that serve up to three seconds of staleness.
 */
class WindowModeTests {

	private static final String SECRET = "0123456789abcdef0123456789abcdef";

	private static Servers servers;

	private static JdbcTemplate owner;

	private static List<ConfigurableApplicationContext> instances;

	@BeforeAll
	static void start() {
		servers = new Servers();
		owner = new JdbcTemplate(new DriverManagerDataSource(servers.postgres().primary().jdbcUrl(),
				servers.postgres().primary().username(), servers.postgres().primary().password()));
		owner.execute("CREATE ROLE app LOGIN PASSWORD 'secret'");
		owner.execute("CREATE TABLE note (n int)");
		owner.execute("GRANT ALL ON note TO app");
		owner.execute("REVOKE EXECUTE ON FUNCTION pg_current_wal_insert_lsn, pg_current_wal_lsn, "
				+ "pg_current_wal_flush_lsn, pg_walfile_name, pg_last_wal_replay_lsn, pg_last_wal_receive_lsn, "
				+ "pg_control_system, pg_control_checkpoint FROM PUBLIC");
		servers.postgres().awaitReplicated();
		instances = List.of(start("redis"), start("redis"), start("memory"));
	}

	private static ConfigurableApplicationContext start(String store) {
		return servers.start(Application.class, WebApplicationType.NONE,
				Stream.concat(Stream.of("spring.datasource.username=app", "spring.datasource.password=secret",
						"tidemark.marker.mode=window", "tidemark.marker.ttl=6s", "tidemark.marker.store=" + store,
						"tidemark.consistency.max-staleness=3s", "tidemark.web.token.secret=" + SECRET), Stream.of())
					.toArray(String[]::new));
	}

	@AfterAll
	static void stop() {
		instances.forEach(ConfigurableApplicationContext::close);
		servers.close();
	}

	@BeforeEach
	void resume() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		servers.postgres().awaitReplicated();
		for (int instance = 0; instance < instances.size(); instance++) {
			int number = instance;
			Awaitility.await().until(() -> as("anybody", number, Notes::onReplica));
			Awaitility.await().until(() -> as("alice", number, Notes::onReplica));
		}
	}

	private static <T> T as(String user, int instance, Function<Notes, T> use) throws Exception {
		ConfigurableApplicationContext context = instances.get(instance);
		return context.getBean(ConsistencySession.class).callAs(user, () -> use.apply(context.getBean(Notes.class)));
	}

	@Test
	void walIsHiddenFromTheApplication() {
		JdbcTemplate app = new JdbcTemplate(
				new DriverManagerDataSource(servers.postgres().primary().jdbcUrl(), "app", "secret"));
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> app.execute("SELECT pg_current_wal_insert_lsn()"))
			.havingRootCause()
			.isInstanceOfSatisfying(SQLException.class, (ex) -> assertThat(ex.getSQLState()).isEqualTo("42501"));
	}

	@Test
	void userReadsThePrimaryForTheWindowAfterAWrite() throws Exception {
		int written = as("alice", 0, Notes::write);
		servers.postgres().awaitReplicated();
		for (int instance = 0; instance < 2; instance++) {
			assertThat(as("alice", instance, Notes::onReplica)).isFalse();
			assertThat(as("bob", instance, Notes::onReplica)).isTrue();
		}
		Awaitility.await().until(() -> as("alice", 0, Notes::onReplica) && as("alice", 1, Notes::onReplica));
		assertThat(as("alice", 1, Notes::count)).isEqualTo(written);
	}

	@Test
	void ownWriteIsSeenWhileReplicasArePaused() throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		int written = as("alice", 0, Notes::write);
		// Beyond the window no replica that is paused serves anybody.
		Awaitility.await()
			.until(() -> decisions("too-stale") > 0 && !as("anybody", 1, Notes::onReplica),
					(stale) -> check(written) && stale);
		assertThat(as("bob", 1, Notes::count)).isEqualTo(written);
	}

	private static boolean check(int written) {
		try {
			assertThat(as("alice", 1, Notes::count)).isEqualTo(written);
			return true;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static double decisions(String reason) {
		return instances.get(1)
			.getBean(MeterRegistry.class)
			.find("tidemark.routing.decisions")
			.tag("reason", reason)
			.counters()
			.stream()
			.mapToDouble((counter) -> counter.count())
			.sum();
	}

	// The primary commits nothing of its own for longer than max-staleness.
	@Test
	void replicasServeWhileThePrimaryIsIdle() throws Exception {
		String before = owner.queryForObject("SELECT max(n)::text || count(*) FROM note", String.class);
		long start = System.nanoTime();
		Awaitility.await().until(() -> {
			assertThat(as("reader", 0, Notes::onReplica)).isTrue();
			return System.nanoTime() - start > 4_000_000_000L;
		});
		assertThat(owner.queryForObject("SELECT max(n)::text || count(*) FROM note", String.class)).isEqualTo(before);
	}

	@Test
	void tokenCarriesTheWindow() throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		ConsistencySession here = instances.get(0).getBean(ConsistencySession.class);
		ConsistencySession there = instances.get(2).getBean(ConsistencySession.class);
		int written = as("carol", 0, Notes::write);
		ConsistencyToken token = here.callAs("carol", here::token);
		try (ConsistencySession.Resumed resumed = there.resume(token)) {
			assertThat(instances.get(2).getBean(Notes.class).count()).isEqualTo(written);
		}
		assertThat(as("carol", 2, Notes::count)).isLessThan(written);
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
		public int write() {
			this.jdbc.update("INSERT INTO note VALUES (1)");
			return count();
		}

		@Transactional(readOnly = true)
		public int count() {
			return this.jdbc.queryForObject("SELECT count(*) FROM note", Integer.class);
		}

		@Transactional(readOnly = true)
		public boolean onReplica() {
			return this.jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class);
		}

	}

}
