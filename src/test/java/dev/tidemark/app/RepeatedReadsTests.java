package dev.tidemark.app;

import java.io.StringReader;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ReadConsistency;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicationMonitor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Reads that fail on a replica in the middle of a query: by the replay of a lock, which
 * cancels them at once here, and by kill -9.
 */
class RepeatedReadsTests {

	private static final String SLOW = "/* slow */ SELECT count(*) FROM note, (SELECT pg_sleep(CASE WHEN "
			+ "pg_is_in_recovery() THEN 3 ELSE 0 END)) waited WHERE n > ";

	private static final String END_READS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
			+ "WHERE query LIKE '/* slow%' AND state = 'active'";

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	@BeforeAll
	static void start() {
		servers = new Servers(ReplicatedPostgres.builder().setting("max_standby_streaming_delay", "0").start());
		application = servers.start(Application.class, WebApplicationType.NONE,
				"tidemark.routing.autocommit-reads=replica");
		application.getBean(JdbcTemplate.class).execute("CREATE TABLE note (n int)");
		application.getBean(JdbcTemplate.class).execute("INSERT INTO note VALUES (1)");
		servers.postgres().awaitReplicated();
	}

	@AfterAll
	static void stop() {
		application.close();
		servers.close();
	}

	@AfterEach
	void repair() {
		servers.postgres().replicas().stream().filter(PostgresReplica::isRunning).forEach(PostgresReplica::thaw);
		servers.postgres()
			.replicas()
			.stream()
			.filter((replica) -> !replica.isRunning())
			.forEach(PostgresReplica::start);
		servers.postgres().awaitReplicated();
	}

	@BeforeEach
	void awaitReplicas() {
		Awaitility.await()
			.until(() -> application.getBean(ReplicationMonitor.class)
				.status()
				.replicas()
				.stream()
				.allMatch((replica) -> replica.state() == ReplicaState.REPLICATING && replica.isNoOlderThanItWas()));
		Awaitility.await().until(() -> application.getBean(Reader.class).onReplica());
	}

	static Stream<Function<Reader, Long>> reads() {
		return Stream.of(Reader::prepared, Reader::plain, Reader::outsideTransaction);
	}

	@ParameterizedTest
	@MethodSource("reads")
	void readThatConflictsWithReplayIsRepeatedElsewhere(Function<Reader, Long> read) throws Exception {
		assertThat(whileDisturbed(read, RepeatedReadsTests::lockOnThePrimary)).isEqualTo(1);
	}

	@ParameterizedTest
	@MethodSource("reads")
	void readWhoseReplicaIsKilledIsRepeatedElsewhere(Function<Reader, Long> read) throws Exception {
		assertThat(whileDisturbed(read, PostgresReplica::kill)).isEqualTo(1);
	}

	@ParameterizedTest
	@MethodSource("reads")
	void readWhoseReplicaFreezesIsRepeatedElsewhere(Function<Reader, Long> read) throws Exception {
		assertThat(whileDisturbed(read, PostgresReplica::freeze)).isEqualTo(1);
	}

	// There is nothing to be committed, and what was read has been handed out.
	@ParameterizedTest
	@MethodSource("disturbances")
	void readThatHasReturnedSurvivesTheLossOfItsReplica(Consumer<PostgresReplica> disturb) {
		Reader reader = application.getBean(Reader.class);
		assertThat(reader.readThen((port) -> {
			PostgresReplica replica = servers.postgres()
				.replicas()
				.stream()
				.filter((candidate) -> candidate.port() == port)
				.findFirst()
				.orElseThrow();
			CompletableFuture.runAsync(() -> disturb.accept(replica)).join();
			Awaitility.await().until(() -> !replica.isRunning() || !isInTransaction(replica));
		})).isEqualTo(1);
		assertThat(reader.prepared()).isEqualTo(1);
	}

	static Stream<Consumer<PostgresReplica>> disturbances() {
		return Stream.of(PostgresReplica::kill, RepeatedReadsTests::lockOnThePrimary);
	}

	private static boolean isInTransaction(PostgresServer server) {
		List<Integer> found = jdbc(server).queryForList(
				"SELECT pid FROM pg_stat_activity WHERE query LIKE '/* then%' AND state LIKE 'idle in transaction%'",
				Integer.class);
		return !found.isEmpty();
	}

	@Test
	void readThatLosesThePrimaryIsRepeated() throws Exception {
		CompletableFuture<Long> result = CompletableFuture
			.supplyAsync(() -> application.getBean(Reader.class).onPrimary());
		Awaitility.await().until(() -> isReading(servers.postgres().primary()));
		jdbc(servers.postgres().primary()).queryForList(END_READS);
		assertThat(result.get(1, TimeUnit.MINUTES)).isEqualTo(1);
	}

	@Test
	void readThatHasReturnedSurvivesTheLossOfThePrimary() {
		assertThat(application.getBean(Reader.class)
			.onPrimaryThen(() -> jdbc(servers.postgres().primary())
				.queryForList("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '/* then%' "
						+ "AND state = 'idle in transaction'")))
			.isEqualTo(1);
	}

	// HikariCP does not look at connections that were used just now.
	@Test
	void readIsRepeatedUntilThePoolHasNoLostConnectionToThePrimaryLeft() throws Exception {
		DataSource dataSource = application.getBean(DataSource.class);
		Map<Integer, Connection> used = new HashMap<>();
		int size = dataSource.unwrap(HikariDataSource.class).getMaximumPoolSize();
		for (int i = 0; i < size; i++) {
			Connection connection = dataSource.getConnection();
			connection.setAutoCommit(false);
			used.put(backend(connection), connection);
			connection.commit();
		}
		assertThat(used).hasSize(size);
		JdbcTemplate admin = jdbc(servers.postgres().primary());
		used.keySet().forEach((pid) -> admin.queryForList("SELECT pg_terminate_backend(?, 10000)", pid));
		for (Connection connection : used.values()) {
			connection.close();
		}
		assertThat(application.getBean(Reader.class).onPrimary()).isEqualTo(1);
	}

	private static int backend(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement();
				ResultSet found = statement.executeQuery("SELECT pg_backend_pid()")) {
			found.next();
			return found.getInt(1);
		}
	}

	// NO-HARM: what came before may have been acted on.
	@Test
	void secondStatementOfATransactionIsNotRepeated() {
		assertThatExceptionOfType(ExecutionException.class)
			.isThrownBy(() -> whileDisturbed(Reader::second, RepeatedReadsTests::lockOnThePrimary))
			.havingRootCause()
			.isInstanceOfSatisfying(SQLException.class, (ex) -> assertThat(ex.getSQLState()).isEqualTo("40001"));
	}

	@Test
	void parameterThatCanBeReadOnceIsNotReadTwice() {
		assertThatExceptionOfType(ExecutionException.class)
			.isThrownBy(() -> whileDisturbed(Reader::withStream, RepeatedReadsTests::lockOnThePrimary))
			.havingRootCause()
			.isInstanceOfSatisfying(SQLException.class, (ex) -> assertThat(ex.getSQLState()).isEqualTo("40001"));
	}

	@Test
	void cancelledReadIsNotRepeated() {
		assertThatExceptionOfType(ExecutionException.class)
			.isThrownBy(() -> whileDisturbed(Reader::prepared,
					(replica) -> jdbc(replica).queryForList("SELECT pg_cancel_backend(pid) FROM pg_stat_activity "
							+ "WHERE query LIKE '/* slow%' AND state = 'active'")))
			.havingRootCause()
			.isInstanceOfSatisfying(SQLException.class, (ex) -> assertThat(ex.getSQLState()).isEqualTo("57014"));
	}

	private static long whileDisturbed(Function<Reader, Long> read, Consumer<PostgresReplica> disturb)
			throws Exception {
		CompletableFuture<Long> result = CompletableFuture
			.supplyAsync(() -> read.apply(application.getBean(Reader.class)));
		PostgresReplica[] running = new PostgresReplica[1];
		Awaitility.await().until(() -> {
			running[0] = servers.postgres()
				.replicas()
				.stream()
				.filter(RepeatedReadsTests::isReading)
				.findFirst()
				.orElse(null);
			return running[0] != null;
		});
		disturb.accept(running[0]);
		return result.get(1, TimeUnit.MINUTES);
	}

	private static boolean isReading(PostgresServer server) {
		List<Integer> found = jdbc(server).queryForList(
				"SELECT pid FROM pg_stat_activity WHERE query LIKE '/* slow%' AND state = 'active' AND wait_event = 'PgSleep'",
				Integer.class);
		return !found.isEmpty();
	}

	private static void lockOnThePrimary(PostgresReplica ignored) {
		new TransactionTemplate(application.getBean(PlatformTransactionManager.class))
			.executeWithoutResult((status) -> {
				application.getBean(JdbcTemplate.class).execute("LOCK TABLE note IN ACCESS EXCLUSIVE MODE");
				application.getBean(JdbcTemplate.class).execute("UPDATE note SET n = n");
			});
	}

	private static JdbcTemplate jdbc(PostgresServer server) {
		return new JdbcTemplate(new DriverManagerDataSource(server.jdbcUrl(), server.username(), server.password()));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Reader reader(JdbcTemplate jdbc, PlatformTransactionManager transactions) {
			return new Reader(jdbc, transactions);
		}

	}

	static class Reader {

		private final JdbcTemplate jdbc;

		private final TransactionTemplate readOnly;

		Reader(JdbcTemplate jdbc, PlatformTransactionManager transactions) {
			this.jdbc = jdbc;
			this.readOnly = new TransactionTemplate(transactions);
			this.readOnly.setReadOnly(true);
		}

		boolean onReplica() {
			return this.readOnly
				.execute((status) -> this.jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class));
		}

		long prepared() {
			return this.readOnly.execute((status) -> this.jdbc.queryForObject(SLOW + "?", Long.class, 0));
		}

		long plain() {
			return this.readOnly.execute((status) -> this.jdbc.queryForObject(SLOW + "0", Long.class));
		}

		long outsideTransaction() {
			return this.jdbc.queryForObject(SLOW + "?", Long.class, 0);
		}

		long second() {
			return this.readOnly.execute((status) -> {
				this.jdbc.queryForObject("SELECT count(*) FROM note", Long.class);
				return prepared();
			});
		}

		long readThen(IntConsumer meanwhile) {
			return this.readOnly.execute(
					(status) -> this.jdbc.query("/* then */ SELECT count(*), inet_server_port() FROM note", (rows) -> {
						rows.next();
						long count = rows.getLong(1);
						meanwhile.accept(rows.getInt(2));
						return count;
					}));
		}

		@ReadConsistency(level = ConsistencyLevel.PRIMARY)
		public long onPrimary() {
			return this.readOnly.execute((status) -> this.jdbc
				.queryForObject("/* slow */ SELECT count(*) FROM note, (SELECT pg_sleep(3)) waited", Long.class));
		}

		@ReadConsistency(level = ConsistencyLevel.PRIMARY)
		public long onPrimaryThen(Runnable meanwhile) {
			return this.readOnly.execute((status) -> {
				long count = this.jdbc.queryForObject("/* then */ SELECT count(*) FROM note", Long.class);
				meanwhile.run();
				return count;
			});
		}

		long withStream() {
			return this.readOnly.execute((status) -> this.jdbc.query((connection) -> {
				var statement = connection.prepareStatement(SLOW + "length(?)");
				statement.setCharacterStream(1, new StringReader(""));
				return statement;
			}, (rows) -> rows.next() ? rows.getLong(1) : 0));
		}

	}

}
