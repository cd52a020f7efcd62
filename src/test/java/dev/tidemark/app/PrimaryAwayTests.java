package dev.tidemark.app;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ReadConsistencyUnavailableException;
import dev.tidemark.fault.TcpProxy;
import dev.tidemark.fault.TcpProxy.Direction;
import dev.tidemark.fault.TcpProxy.Tap;
import dev.tidemark.history.Repeated;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.wal.PrimaryProblem;
import dev.tidemark.wal.ReplicationMonitor;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The primary is away, and comes back. The primary's pool waits for ten minutes, so
 * whatever waits for it fails by the time limit.
 */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PrimaryAwayTests {

	private static Servers servers;

	private static PostgresServer primary;

	private static TcpProxy proxy;

	private static ConfigurableApplicationContext application;

	private static Notebook.Notes notes;

	private static ReplicationMonitor monitor;

	private static HikariDataSource pool;

	@BeforeAll
	static void start() throws SQLException {
		servers = new Servers();
		primary = servers.postgres().primary();
		proxy = TcpProxy.to(primary.host(), primary.port());
		execute("CREATE TABLE note (owner text)");
		servers.postgres().awaitReplicated();
		application = Notebook.start(servers,
				"spring.datasource.url=jdbc:postgresql://" + proxy.host() + ":" + proxy.port() + "/"
						+ primary.database(),
				"spring.datasource.hikari.connection-timeout=600000", "spring.datasource.hikari.maximum-pool-size=3",
				"tidemark.consistency.max-staleness=5m", "tidemark.marker.ttl=10m");
		notes = application.getBean(Notebook.Notes.class);
		monitor = application.getBean(ReplicationMonitor.class);
		pool = application.getBean(DataSource.class).unwrap(HikariDataSource.class);
	}

	@AfterAll
	static void stop() {
		application.close();
		proxy.close();
		servers.close();
	}

	@BeforeEach
	void awaitFullPool() throws SQLException {
		Awaitility.await().ignoreExceptions().until(() -> notes.write("somebody") == primary.port());
		fillPool();
		Awaitility.await().until(() -> pool.getHikariPoolMXBean().getIdleConnections() == 3);
		Awaitility.await().until(notes::readsReplica);
	}

	/**
	 * By itself the pool may not be full again before its housekeeper comes by, after 30
	 * seconds.
	 */
	private static void fillPool() throws SQLException {
		try (Connection first = pool.getConnection();
				Connection second = pool.getConnection();
				Connection third = pool.getConnection()) {
			assertThat(List.of(first, second, third)).doesNotHaveDuplicates();
		}
	}

	@AfterEach
	void repair() {
		proxy.heal();
		if (primary.isRunning()) {
			primary.thaw();
		}
		primary.start();
	}

	@Test
	void killed() {
		primary.kill();
		assertThat(failedWrite()).isNotNull();
		assertThat(notes.readsReplica()).isTrue();
		awaitProblem(PrimaryProblem.REFUSED);
		assertFailsFast("connections are refused or lost");
		assertThat(notes.readsReplica()).isTrue();
		assertThat(as("alice", notes::readsReplica)).isTrue();
		primary.start();
		Awaitility.await().until(() -> monitor.status().primary().reachable());
		assertThat(notes.write("alice")).isEqualTo(primary.port());
	}

	/**
	 * Nothing was seen.
	 */
	@Test
	void queryOutsideTransactionsThatLosesThePrimaryFailsAtOnce() {
		proxy.tap((connection, direction, bytes) -> {
			boolean query = direction == Direction.TO_SERVER && Tap.contains(bytes, "FROM note");
			if (query) {
				proxy.refuse();
				proxy.cut();
			}
			return !query;
		});
		JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> as("alice", () -> jdbc.queryForObject("SELECT count(*) FROM note", Integer.class)));
	}

	@Test
	void frozen() {
		primary.freeze();
		awaitProblem(PrimaryProblem.SILENT);
		assertFailsFast("does not answer in time");
		assertThat(notes.readsReplica()).isTrue();
		primary.thaw();
		Awaitility.await().until(() -> monitor.status().primary().reachable());
		assertThat(notes.write("alice")).isEqualTo(primary.port());
	}

	@Test
	void readThatNoReplicaMayServeFailsFast() {
		as("carol", () -> {
			servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
			return notes.write("carol");
		});
		primary.kill();
		awaitProblem(PrimaryProblem.REFUSED);
		try {
			assertThatExceptionOfType(ReadConsistencyUnavailableException.class)
				.isThrownBy(() -> as("carol", notes::readsReplica))
				.withMessageContaining("recent-write");
			assertThat(as("bob", notes::readsReplicaEventually)).isTrue();
		}
		finally {
			servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		}
	}

	@Test
	void writesThatWaitForTheFullPoolFailWhenThePrimaryGoesAway() throws Exception {
		List<Connection> taken = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			taken.add(pool.getConnection());
		}
		CompletableFuture<Integer> write = CompletableFuture.supplyAsync(() -> notes.write("alice"));
		Awaitility.await().until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
		primary.kill();
		assertThatExceptionOfType(CompletionException.class).isThrownBy(write::join)
			.withRootCauseInstanceOf(SQLTransientConnectionException.class);
		for (Connection connection : taken) {
			connection.close();
		}
	}

	/**
	 * The monitor has lost its connection and gets no other, as when the server has no
	 * place left: what the pool has works.
	 */
	@Test
	void writesGoOnWhenOnlyTheMonitorGetsNoConnection() throws SQLException {
		proxy.refuse();
		execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidemark-monitor'");
		awaitProblem(PrimaryProblem.REFUSED);
		assertThat(notes.write("alice")).isEqualTo(primary.port());
		assertThat(notes.readPrimary()).isEqualTo(primary.port());
	}

	/**
	 * As on a server with too much to do.
	 */
	@Test
	void writesGoOnWhenOnlyTheMonitorIsAnsweredTooLate() throws Exception {
		Set<Integer> monitors = ConcurrentHashMap.newKeySet();
		CountDownLatch late = new CountDownLatch(1);
		proxy.tap((connection, direction, bytes) -> {
			if (direction == Direction.TO_SERVER && Tap.contains(bytes, "tidemark-monitor")) {
				monitors.add(connection);
			}
			if (direction == Direction.TO_CLIENT && monitors.contains(connection)) {
				awaitQuietly(late);
			}
			return true;
		});
		try (Repeated writes = Repeated.every(20, TimeUnit.MILLISECONDS, () -> notes.write("alice"))) {
			execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidemark-monitor'");
			awaitProblem(PrimaryProblem.SLOW);
			assertThat(notes.write("alice")).isEqualTo(primary.port());
			assertThat(notes.readPrimary()).isEqualTo(primary.port());
		}
		finally {
			late.countDown();
		}
	}

	private static void awaitQuietly(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Test
	void writesWaitForThePoolWhenTheServerHasNoPlaceForTheMonitor() throws Exception {
		executeElsewhere("ALTER DATABASE postgres ALLOW_CONNECTIONS false");
		try {
			executeElsewhere(
					"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidemark-monitor'");
			awaitProblem(PrimaryProblem.ERROR);
			List<Connection> taken = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				taken.add(pool.getConnection());
			}
			CompletableFuture<Integer> write = CompletableFuture.supplyAsync(() -> notes.write("alice"));
			Awaitility.await().until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
			taken.get(0).close();
			assertThat(write.join()).isEqualTo(primary.port());
			taken.get(1).close();
			taken.get(2).close();
		}
		finally {
			executeElsewhere("ALTER DATABASE postgres ALLOW_CONNECTIONS true");
		}
	}

	private static void awaitProblem(PrimaryProblem problem) {
		Awaitility.await().until(() -> monitor.status().primary().problem() == problem);
	}

	private static @Nullable Throwable failedWrite() {
		try {
			notes.write("nobody");
			return null;
		}
		catch (RuntimeException ex) {
			return ex;
		}
	}

	private static void assertFailsFast(String why) {
		for (int i = 0; i < 5; i++) {
			assertThatExceptionOfType(TransientDataAccessResourceException.class)
				.isThrownBy(() -> notes.write("nobody"))
				.withCauseInstanceOf(SQLTransientConnectionException.class)
				.havingCause()
				.withMessageStartingWith("There is no connection to the primary")
				.withMessageContaining("the server at the primary's address (spring.datasource.url)")
				.withMessageContaining(why)
				.withMessageContaining("Bring it back, or promote a replica");
		}
	}

	private static <T> T as(String user, Callable<T> action) {
		return Notebook.as(application, user, action);
	}

	private static void execute(String sql) throws SQLException {
		try (Connection connection = primary.open(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static void executeElsewhere(String sql) throws SQLException {
		try (Connection connection = DriverManager.getConnection(
				"jdbc:postgresql://" + primary.host() + ":" + primary.port() + "/template1", primary.username(),
				primary.password()); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

}
