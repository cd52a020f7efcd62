package dev.tidemark.app;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import dev.tidemark.wal.ReplicationMonitor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A replica whose replay ends what stands in its way, at once here, answers. The monitor
 * asks it only when it is told to, so that a replica that is taken for lost stays lost.
 */
class ReplayConflictTests {

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static PostgresServer replica;

	@BeforeAll
	static void start() {
		servers = new Servers(
				ReplicatedPostgres.builder().replicas("a").setting("max_standby_streaming_delay", "0").start());
		application = servers.start(Application.class, WebApplicationType.NONE, "tidemark.monitor.interval=1h",
				"tidemark.consistency.max-staleness=1d", "tidemark.marker.ttl=2d",
				"tidemark.consistency.default-level=eventual");
		replica = servers.postgres().replica("a");
		JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
		jdbc.execute("CREATE TABLE note (n int) WITH (autovacuum_enabled = false)");
		jdbc.execute("INSERT INTO note VALUES (1)");
		jdbc.execute("CREATE TABLE other AS SELECT 1 AS n");
	}

	@AfterAll
	static void stop() {
		application.close();
		servers.close();
	}

	@BeforeEach
	void awaitReplica() {
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> {
			application.getBean(ReplicationMonitor.class).refreshAllAnew(Duration.ofSeconds(10));
			return ports().equals(Set.of(replica.port()));
		});
	}

	// What was read has been handed out: the commit does not fail either.
	@Test
	void replicaIsNotLostWhenReplayEndsAConnectionBeforeItsCommit() {
		readOnly().executeWithoutResult((status) -> {
			port();
			lockNotes();
		});
		assertThat(ports()).containsExactly(replica.port());
	}

	@Test
	void replicaIsNotLostWhenReplayEndsAConnectionBetweenTwoStatements() {
		JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
		assertThatException().isThrownBy(() -> readOnly().executeWithoutResult((status) -> {
			port();
			lockNotes();
			assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> jdbc.execute("SELECT 1"))
				.havingRootCause()
				.withMessageContaining("terminating connection due to conflict with recovery")
				.isInstanceOfSatisfying(SQLException.class, (ex) -> assertThat(ex.getSQLState()).isEqualTo("40001"));
		}));
		assertThat(ports()).containsExactly(replica.port());
	}

	// The question waits for a lock, with a snapshot that sees a row which replay
	// removes.
	@Test
	void replicaIsNotLostWhenReplayCancelsTheFirstQuestionOnAConnection() throws Exception {
		CompletableFuture<Integer> read;
		try (Connection older = servers.postgres().primary().open();
				Connection locking = servers.postgres().primary().open()) {
			begin(older, "SELECT pg_current_xact_id()");
			onPrimary("UPDATE note SET n = n");
			begin(locking, "LOCK TABLE pg_stat_wal_receiver IN ACCESS EXCLUSIVE MODE");
			onPrimary("UPDATE other SET n = n");
			servers.postgres().awaitReplicated();
			openNewConnections();
			read = CompletableFuture.supplyAsync(ReplayConflictTests::port);
			Awaitility.await().until(ReplayConflictTests::isWaitingForLock);
			older.rollback();
			onPrimary("VACUUM note");
			// Replay may cancel this question too.
			Awaitility.await().ignoreExceptions().until(() -> !isWaitingForLock());
			locking.rollback();
		}
		assertThat(read.get(1, TimeUnit.MINUTES)).isEqualTo(servers.postgres().primary().port());
		assertThat(ports()).containsExactly(replica.port());
	}

	private static void openNewConnections() {
		HikariPoolMXBean pool = application.getBean("aDataSource", HikariDataSource.class).getHikariPoolMXBean();
		pool.softEvictConnections();
		Awaitility.await().until(() -> pool.getIdleConnections() > 0);
	}

	private static boolean isWaitingForLock() {
		return 0 < count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
	}

	private static long count(String sql) {
		return Objects.requireNonNull(jdbc(replica).queryForObject(sql, Long.class));
	}

	private static void begin(Connection connection, String sql) throws SQLException {
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static void onPrimary(String sql) {
		jdbc(servers.postgres().primary()).execute(sql);
	}

	/**
	 * Returns when replay has ended the connection that reads the notes.
	 */
	private static void lockNotes() {
		onPrimary("BEGIN; LOCK TABLE note IN ACCESS EXCLUSIVE MODE; UPDATE note SET n = n; COMMIT");
		// Replay may cancel the question.
		Awaitility.await()
			.ignoreExceptions()
			.until(() -> count("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'") == 0);
	}

	private static Set<Integer> ports() {
		return IntStream.range(0, 10).mapToObj((i) -> port()).collect(Collectors.toSet());
	}

	private static int port() {
		return readOnly().execute((status) -> application.getBean(JdbcTemplate.class)
			.queryForObject("SELECT inet_server_port() FROM note", Integer.class));
	}

	private static TransactionTemplate readOnly() {
		TransactionTemplate template = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
		template.setReadOnly(true);
		return template;
	}

	private static JdbcTemplate jdbc(PostgresServer server) {
		return new JdbcTemplate(new DriverManagerDataSource(server.jdbcUrl(), server.username(), server.password()));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
