package dev.tidemark.app;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ConsistencySession;
import dev.tidemark.fault.TcpProxy;
import dev.tidemark.fault.TcpProxy.Direction;
import dev.tidemark.fault.TcpProxy.Tap;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.wal.ReplicationMonitor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Commits whose connection is lost, and commits whose position can't be read: RYW and
 * NO-HARM.
 */
class LostCommitTests {

	private static Servers servers;

	private static PostgresServer primary;

	private static TcpProxy proxy;

	private static ConfigurableApplicationContext application;

	private static DataSource dataSource;

	private static HikariDataSource pool;

	private static HikariDataSource bare;

	private static JdbcTemplate jdbc;

	private static ConsistencySession sessions;

	private static ReplicationMonitor monitor;

	private static TransactionTemplate readOnly;

	private static TransactionTemplate serializable;

	@BeforeAll
	static void start() throws SQLException {
		servers = new Servers();
		primary = servers.postgres().primary();
		proxy = TcpProxy.to(primary.host(), primary.port());
		onPrimary("CREATE TABLE note (owner text)");
		onPrimary("CREATE ROLE app LOGIN PASSWORD 'app'");
		onPrimary("GRANT ALL ON note TO app");
		application = servers.start(Application.class, WebApplicationType.NONE, "spring.datasource.url=" + url(),
				"tidemark.consistency.max-staleness=2s", "tidemark.marker.ttl=60s",
				"spring.datasource.hikari.connection-init-sql=SET ROLE app",
				"spring.datasource.hikari.maximum-pool-size=2");
		dataSource = application.getBean(DataSource.class);
		pool = dataSource.unwrap(HikariDataSource.class);
		jdbc = application.getBean(JdbcTemplate.class);
		sessions = application.getBean(ConsistencySession.class);
		monitor = application.getBean(ReplicationMonitor.class);
		readOnly = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
		readOnly.setReadOnly(true);
		serializable = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
		serializable.setReadOnly(true);
		serializable.setIsolationLevel(TransactionDefinition.ISOLATION_SERIALIZABLE);
		bare = bare();
		servers.postgres().awaitReplicated();
	}

	private static String url() {
		return "jdbc:postgresql://" + proxy.host() + ":" + proxy.port() + "/" + primary.database();
	}

	private static HikariDataSource bare() {
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl(url());
		config.setUsername(primary.username());
		config.setPassword(primary.password());
		return new HikariDataSource(config);
	}

	@AfterAll
	static void stop() {
		bare.close();
		application.close();
		proxy.close();
		servers.close();
	}

	@BeforeEach
	void pauseReplicasThatAreUpToDate() throws Exception {
		onPrimary("TRUNCATE note");
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> sessions.callAs("nobody", LostCommitTests::readsReplica));
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
	}

	@AfterEach
	void heal() throws SQLException {
		proxy.heal();
		onPrimary("GRANT EXECUTE ON FUNCTION pg_current_wal_insert_lsn() TO PUBLIC");
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
	}

	@Test
	void connectionLostBeforeTheServerGotTheCommit() throws Exception {
		SQLException expected = lost(bare, Tap.cutAt(Direction.TO_SERVER, "COMMIT"));
		SQLException failure = sessions.callAs("alice",
				() -> lost(dataSource, Tap.cutAt(Direction.TO_SERVER, "COMMIT")));
		assertOutcomeUnknown(failure, expected);
		assertThat(rows()).isZero();
		assertThat(readAs("alice")).isZero();
		assertPoolServes();
	}

	@ParameterizedTest
	@EnumSource
	void connectionLostBeforeTheAnswer(End end) throws Exception {
		SQLException expected = lost(bare, Tap.cutAt(Direction.TO_CLIENT, "COMMIT"), end);
		onPrimary("TRUNCATE note");
		SQLException failure = sessions.callAs("alice",
				() -> lost(dataSource, Tap.cutAt(Direction.TO_CLIENT, "COMMIT"), end));
		assertOutcomeUnknown(failure, expected);
		assertThat(rows()).isOne();
		assertThat(readAs("alice")).isOne();
		assertThat(readAs("bob")).isZero();
		assertPoolServes();
	}

	/**
	 * The END of a CASE ends no transaction. What the text of a COMMIT has ended can't be
	 * committed either once its connection is lost.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "UPDATE note SET owner = CASE owner WHEN 'a' THEN 'b' END",
			"INSERT INTO note VALUES ('alice'); COMMIT" })
	void connectionLostByTheFirstStatement(String sql) throws Exception {
		SQLException expected = lostByFirst(bare, sql);
		SQLException failure = sessions.callAs("alice", () -> lostByFirst(dataSource, sql));
		assertThat((Throwable) failure).isExactlyInstanceOf(expected.getClass());
		assertThat(failure.getSQLState()).isEqualTo(expected.getSQLState());
		assertThat(rows()).isZero();
		assertPoolServes();
	}

	/**
	 * Lose the connection to the first statement, and return what its commit throws.
	 */
	private static SQLException lostByFirst(DataSource target, String sql) throws SQLException {
		try (Connection connection = target.getConnection()) {
			connection.setAutoCommit(false);
			proxy.tap(Tap.cutAt(Direction.TO_SERVER, sql.substring(0, 11)));
			assertThatExceptionOfType(PSQLException.class).isThrownBy(() -> run(connection, sql));
			proxy.tap(Tap.PASS_ALL);
			connection.commit();
		}
		catch (SQLException ex) {
			return ex;
		}
		finally {
			proxy.tap(Tap.PASS_ALL);
		}
		throw new AssertionError("The commit has returned");
	}

	@Test
	void connectionEndedByTheServer() throws Exception {
		SQLException expected = lost(bare, (number, direction, bytes) -> terminate(direction, bytes));
		SQLException failure = sessions.callAs("alice",
				() -> lost(dataSource, (number, direction, bytes) -> terminate(direction, bytes)));
		assertThat(expected.getSQLState()).isEqualTo("57P01");
		assertOutcomeUnknown(failure, expected);
		assertPoolServes();
	}

	@Test
	void acknowledgementWaitsForPrimaryThatIsAway() throws Exception {
		CompletableFuture<SQLException> commit = CompletableFuture
			.supplyAsync(() -> callAs("alice", () -> lost(dataSource, cutAndRefuse())));
		Awaitility.await().until(() -> !monitor.status().primary().reachable());
		proxy.heal();
		assertOutcomeUnknown(commit.join(), null);
		assertThat(firstReadAs("alice")).isOne();
	}

	@Test
	void acknowledgementWaitsUntilNoReplicaServesWithoutTheWrite() throws Exception {
		SQLException failure = sessions.callAs("alice", () -> lost(dataSource, cutAndRefuse()));
		assertOutcomeUnknown(failure, null);
		assertThat(mayServe(application, Duration.ofSeconds(2))).isFalse();
		proxy.heal();
		assertThat(firstReadAs("alice")).isOne();
	}

	/**
	 * MR: what was seen there no replica has replayed, so that none could tell it.
	 */
	@Test
	void readThatLosesThePrimaryAtItsEndIsNotForgotten() throws Exception {
		assertNotForgotten(() -> {
			proxy.tap(cutAndRefuse());
			return serializable.execute((status) -> jdbc.queryForObject("SELECT count(*) FROM note", Integer.class));
		});
	}

	@Test
	void sessionThatLosesThePrimaryAtItsEndForgetsNothing() throws Exception {
		assertNotForgotten(() -> {
			Integer count = jdbc.queryForObject("SELECT count(*) FROM note", Integer.class);
			proxy.refuse();
			proxy.cut();
			return count;
		});
	}

	private static void assertNotForgotten(Callable<Integer> task) throws SQLException {
		onPrimary("INSERT INTO note VALUES ('bob')");
		CompletableFuture<Integer> read = CompletableFuture.supplyAsync(() -> callAs("alice", task));
		Awaitility.await().until(() -> !monitor.status().primary().reachable());
		proxy.heal();
		assertThat(read.join()).isOne();
		assertThat(firstReadAs("alice")).isOne();
	}

	@Test
	void interruptDoesNotHurryTheAcknowledgement() throws Exception {
		sessions.callAs("alice", () -> {
			Thread.currentThread().interrupt();
			SQLException failure = lost(dataSource, Tap.cutAt(Direction.TO_CLIENT, "COMMIT"));
			assertThat(Thread.interrupted()).isTrue();
			assertOutcomeUnknown(failure, null);
			return failure;
		});
		assertThat(readAs("alice")).isOne();
	}

	@Test
	void interruptDoesNotHurryTheReplicas() throws Exception {
		usePool();
		servers.redis().stop();
		try {
			for (PostgresReplica replica : servers.postgres().replicas()) {
				replica.resumeReplay();
				replica.delayReplay(Duration.ofMillis(200));
			}
			sessions.runAs("alice", () -> {
				Thread.currentThread().interrupt();
				jdbc.update("INSERT INTO note VALUES ('alice')");
				assertThat(Thread.interrupted()).isTrue();
			});
			for (PostgresReplica replica : servers.postgres().replicas()) {
				assertThat(rows(replica)).isOne();
			}
		}
		finally {
			servers.redis().restart();
			servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ZERO));
		}
	}

	@Test
	void commitStandsWithoutItsPosition() throws Exception {
		usePool();
		onPrimary("REVOKE EXECUTE ON FUNCTION pg_current_wal_insert_lsn() FROM PUBLIC");
		sessions.runAs("alice", () -> new TransactionTemplate(application.getBean(PlatformTransactionManager.class))
			.executeWithoutResult((status) -> jdbc.update("INSERT INTO note VALUES ('alice')")));
		assertThat(rows()).isOne();
		onPrimary("GRANT EXECUTE ON FUNCTION pg_current_wal_insert_lsn() TO PUBLIC");
		assertThat(readAs("alice")).isOne();
		assertThat(readAs("bob")).isZero();
	}

	@Test
	void commitStandsWithoutAnyPosition() throws Exception {
		try (ConfigurableApplicationContext application = startUnprivileged("1s")) {
			commit(application.getBean(DataSource.class), "INSERT INTO note VALUES ('alice')");
			assertThat(rows()).isOne();
			assertThat(mayServe(application, Duration.ofSeconds(1))).isFalse();
		}
	}

	@Test
	void commitThatWroteNothingWaitsForNothing() throws Exception {
		try (ConfigurableApplicationContext application = startUnprivileged("30s")) {
			commit(application.getBean(DataSource.class), "SELECT count(*) FROM note");
			assertThat(mayServe(application, Duration.ofSeconds(30))).isTrue();
		}
	}

	@Test
	void readWithoutItsPositionIsNotForgotten() throws Exception {
		onPrimary("INSERT INTO note VALUES ('bob')");
		onPrimary("REVOKE EXECUTE ON FUNCTION pg_current_wal_insert_lsn() FROM PUBLIC");
		int count = sessions.callAs("alice", () -> serializable
			.execute((status) -> jdbc.queryForObject("SELECT count(*) FROM note", Integer.class)));
		assertThat(count).isOne();
		assertThat(readAs("alice")).isOne();
	}

	@Test
	void readWaitsForNoPositionThatTheMonitorMayNotRead() throws Exception {
		try (ConfigurableApplicationContext application = startUnprivileged("30s")) {
			application.getBean(ConsistencySession.class)
				.callAs("alice", () -> application.getBean(JdbcTemplate.class)
					.queryForObject("SELECT count(*) FROM note", Integer.class));
			assertThat(mayServe(application, Duration.ofSeconds(30))).isTrue();
		}
	}

	@Test
	void roleThatMayReadNoPositionMayUseThePrimary() throws Exception {
		onPrimary("REVOKE EXECUTE ON FUNCTION pg_current_wal_insert_lsn() FROM PUBLIC");
		try (ConfigurableApplicationContext application = servers.start(Application.class, WebApplicationType.NONE,
				"spring.datasource.username=app", "spring.datasource.password=app",
				"tidemark.consistency.max-staleness=1s")) {
			commit(application.getBean(DataSource.class), "INSERT INTO note VALUES ('alice')");
			assertThat(rows()).isOne();
		}
	}

	@Test
	void connectionLostBeforeTheAnswerToAStatementThatCommitsItself() throws Exception {
		usePool();
		proxy.tap(Tap.cutAt(Direction.TO_CLIENT, "INSERT"));
		SQLException failure = sessions.callAs("alice", () -> {
			try (Connection connection = dataSource.getConnection()) {
				run(connection, "INSERT INTO note VALUES ('alice')");
			}
			catch (SQLException ex) {
				return ex;
			}
			throw new AssertionError("The statement has returned");
		});
		proxy.tap(Tap.PASS_ALL);
		assertOutcomeUnknown(failure, null);
		assertThat(rows()).isOne();
		assertThat(readAs("alice")).isOne();
	}

	/**
	 * Start an application whose role, also the monitor's, may not read positions any
	 * more.
	 */
	private static ConfigurableApplicationContext startUnprivileged(String maxStaleness) throws SQLException {
		ConfigurableApplicationContext application = servers.start(Application.class, WebApplicationType.NONE,
				"spring.datasource.username=app", "spring.datasource.password=app",
				"spring.datasource.hikari.maximum-pool-size=1", "tidemark.consistency.max-staleness=" + maxStaleness);
		commit(application.getBean(DataSource.class), "SELECT 1");
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		Awaitility.await().until(() -> mayServe(application, Duration.ofSeconds(1)));
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		onPrimary("REVOKE EXECUTE ON FUNCTION pg_current_wal_insert_lsn() FROM PUBLIC");
		ReplicationMonitor itsMonitor = application.getBean(ReplicationMonitor.class);
		Awaitility.await().until(() -> !itsMonitor.status().primary().reachable());
		return application;
	}

	private static boolean mayServe(ConfigurableApplicationContext application, Duration maxStaleness) {
		return application.getBean(ReplicationMonitor.class)
			.status()
			.replicas()
			.stream()
			.anyMatch((replica) -> replica.stalenessBound(System.nanoTime()).compareTo(maxStaleness) <= 0);
	}

	@Test
	void commitIsOneRoundTrip() throws Exception {
		assertThat(roundTrips(bare, "INSERT INTO note VALUES ('alice')")).isOne();
		assertThat(roundTrips(dataSource, "INSERT INTO note VALUES ('alice')")).isOne();
		assertThat(roundTrips(dataSource, "SELECT count(*) FROM note")).isOne();
	}

	@Test
	void commitIsOneRoundTripWithAutosave() throws Exception {
		try (ConfigurableApplicationContext autosave = servers.start(Application.class, WebApplicationType.NONE,
				"spring.datasource.url=" + url(), "spring.datasource.hikari.data-source-properties.autosave=always")) {
			assertThat(roundTrips(autosave.getBean(DataSource.class), "INSERT INTO note VALUES ('alice')")).isOne();
		}
	}

	/**
	 * Count how often the client waits for the server from the call of commit to its
	 * return.
	 */
	private static long roundTrips(DataSource target, String sql) throws SQLException {
		List<Piece> pieces = Collections.synchronizedList(new ArrayList<>());
		try (Connection connection = target.getConnection()) {
			connection.setAutoCommit(false);
			run(connection, sql);
			proxy.tap((number, direction, bytes) -> pieces
				.add(new Piece(number, direction, new String(bytes, StandardCharsets.ISO_8859_1))));
			connection.commit();
			proxy.tap(Tap.PASS_ALL);
		}
		int committed = pieces.stream()
			.filter((piece) -> piece.direction == Direction.TO_SERVER && piece.text.contains("COMMIT"))
			.findFirst()
			.orElseThrow().connection;
		return pieces.stream()
			.filter((piece) -> piece.connection == committed && piece.direction == Direction.TO_SERVER)
			.count();
	}

	/**
	 * Commit a row while the proxy does something, and return the exception.
	 */
	private static SQLException lost(DataSource target, Tap tap) throws SQLException {
		return lost(target, tap, End.COMMIT);
	}

	private static SQLException lost(DataSource target, Tap tap, End end) throws SQLException {
		try (Connection connection = target.getConnection()) {
			connection.setAutoCommit(false);
			run(connection, "INSERT INTO note VALUES ('alice')");
			proxy.tap(tap);
			try {
				end.of(connection);
			}
			catch (SQLException ex) {
				assertThat(connection.isClosed()).isTrue();
				return ex;
			}
			finally {
				proxy.tap(Tap.PASS_ALL);
			}
		}
		throw new AssertionError("The commit has returned");
	}

	private static Tap cutAndRefuse() {
		return (number, direction, bytes) -> {
			boolean answer = direction == Direction.TO_CLIENT && Tap.contains(bytes, "COMMIT");
			if (answer) {
				proxy.refuse();
				proxy.cut();
			}
			return !answer;
		};
	}

	private static boolean terminate(Direction direction, byte[] bytes) {
		if (direction == Direction.TO_SERVER && Tap.contains(bytes, "COMMIT")) {
			onPrimaryQuietly("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
					+ "WHERE state = 'idle in transaction' AND query LIKE 'INSERT INTO note%'");
		}
		return true;
	}

	private static void assertOutcomeUnknown(SQLException failure, SQLException expected) {
		assertThat((Throwable) failure).isExactlyInstanceOf(PSQLException.class)
			.hasMessageContaining("not known whether")
			.cause()
			.isExactlyInstanceOf(PSQLException.class);
		if (expected != null) {
			assertThat(failure.getSQLState()).isEqualTo(expected.getSQLState());
			assertThat(failure.getCause()).hasMessage(expected.getMessage());
		}
	}

	private static void assertPoolServes() throws SQLException {
		assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
		usePool();
	}

	/**
	 * Use all connections of the pool.
	 */
	private static void usePool() throws SQLException {
		try (Connection first = dataSource.getConnection(); Connection second = dataSource.getConnection()) {
			run(first, "SELECT 1");
			run(second, "SELECT 1");
		}
	}

	private static void commit(DataSource target, String sql) throws SQLException {
		try (Connection connection = target.getConnection()) {
			connection.setAutoCommit(false);
			run(connection, sql);
			connection.commit();
		}
	}

	private static int rows() throws SQLException {
		return rows(primary);
	}

	private static int rows(PostgresServer server) throws SQLException {
		try (Connection connection = server.open();
				var row = connection.createStatement().executeQuery("SELECT count(*) FROM note")) {
			row.next();
			return row.getInt(1);
		}
	}

	private static int readAs(String user) throws Exception {
		Integer count = sessions.callAs(user,
				() -> readOnly.execute((status) -> jdbc.queryForObject("SELECT count(*) FROM note", Integer.class)));
		return count;
	}

	/**
	 * Read when the primary's pool has got rid of the connections that were cut.
	 */
	private static int firstReadAs(String user) {
		return Awaitility.await().ignoreExceptions().until(() -> readAs(user), (count) -> true);
	}

	private static boolean readsReplica() {
		return Boolean.TRUE
			.equals(readOnly.execute((status) -> jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class)));
	}

	private static <T> T callAs(String user, Callable<T> task) {
		try {
			return sessions.callAs(user, task);
		}
		catch (Exception ex) {
			throw new CompletionException(ex);
		}
	}

	private static void onPrimary(String sql) throws SQLException {
		try (Connection connection = primary.open()) {
			run(connection, sql);
		}
	}

	private static void onPrimaryQuietly(String sql) {
		try {
			onPrimary(sql);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void run(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	/**
	 * What commits.
	 */
	enum End {

		/** By its name. */
		COMMIT {
			@Override
			void of(Connection connection) throws SQLException {
				connection.commit();
			}
		},

		/** By the way. */
		AUTO_COMMIT {
			@Override
			void of(Connection connection) throws SQLException {
				connection.setAutoCommit(true);
			}
		};

		abstract void of(Connection connection) throws SQLException;

	}

	private record Piece(int connection, Direction direction, String text) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
