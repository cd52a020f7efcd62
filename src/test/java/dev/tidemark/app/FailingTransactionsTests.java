package dev.tidemark.app;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.test.PostgresServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.util.PSQLException;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Transactions that fail: an application sees what it sees on the bare pool.
 */
class FailingTransactionsTests {

	private static final Map<Setting, ConfigurableApplicationContext> applications = new EnumMap<>(Setting.class);

	private static Servers servers;

	private static PostgresServer primary;

	@BeforeAll
	static void start() throws SQLException {
		servers = new Servers();
		primary = servers.postgres().primary();
		on(primary.open(), "CREATE TABLE account (id int PRIMARY KEY, cents int NOT NULL)",
				"CREATE TABLE code (code int UNIQUE DEFERRABLE INITIALLY DEFERRED)",
				"CREATE TABLE debit (account int REFERENCES account DEFERRABLE INITIALLY DEFERRED)",
				"CREATE TABLE slow (n int)",
				"CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END'",
				"CREATE CONSTRAINT TRIGGER pause AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED "
						+ "FOR EACH ROW EXECUTE FUNCTION pause()");
		for (Setting setting : Setting.values()) {
			applications.put(setting, servers.start(Application.class, WebApplicationType.NONE, setting.property));
		}
	}

	@AfterAll
	static void stop() {
		applications.values().forEach(ConfigurableApplicationContext::close);
		servers.close();
	}

	@BeforeEach
	void reset() throws SQLException {
		resetTables();
	}

	private static void resetTables() throws SQLException {
		on(primary.open(), "TRUNCATE account, code, debit, slow", "INSERT INTO account VALUES (1, 100), (2, 100)");
	}

	static Stream<Arguments> failures() {
		return Stream.of(Setting.values())
			.flatMap((setting) -> Stream.of(Failure.values()).map((failure) -> Arguments.of(setting, failure)));
	}

	@ParameterizedTest
	@MethodSource("failures")
	void failsAsOnTheBarePool(Setting setting, Failure failure) throws Exception {
		List<String> bare;
		try (HikariDataSource pool = barePool(setting)) {
			bare = record(pool, failure);
		}
		resetTables();
		List<String> routed = record(applications.get(setting).getBean(DataSource.class), failure);
		assertThat(routed).isEqualTo(bare).anyMatch((line) -> line.startsWith(failure.expected));
	}

	@Test
	void springTranslatesFailureOfCommit() {
		DataSource dataSource = applications.get(Setting.DEFAULT).getBean(DataSource.class);
		TransactionTemplate transaction = new TransactionTemplate(new JdbcTransactionManager(dataSource));
		JdbcTemplate jdbc = new JdbcTemplate(dataSource);
		assertThatExceptionOfType(DuplicateKeyException.class)
			.isThrownBy(
					() -> transaction.executeWithoutResult((status) -> jdbc.update("INSERT INTO code VALUES (1), (1)")))
			.withCauseExactlyInstanceOf(PSQLException.class);
	}

	private static HikariDataSource barePool(Setting setting) {
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl(primary.jdbcUrl());
		config.setUsername(primary.username());
		config.setPassword(primary.password());
		config.setAutoCommit(setting != Setting.NO_AUTO_COMMIT);
		if (setting == Setting.AUTOSAVE) {
			config.addDataSourceProperty("autosave", "always");
		}
		return new HikariDataSource(config);
	}

	/**
	 * Write down what the transaction sees, whether the connection serves afterwards, and
	 * what is there in the end.
	 */
	private static List<String> record(DataSource dataSource, Failure failure) throws Exception {
		Transcript transcript = new Transcript();
		try (Connection connection = dataSource.getConnection()) {
			connection.setAutoCommit(false);
			failure.scenario.run(connection, transcript);
			transcript.add("closed", connection::isClosed);
			transcript.add("serves", () -> query(connection, "SELECT 1"));
			transcript.add("commit", () -> commit(connection));
		}
		transcript.add("rows",
				() -> query(primary.open(), "SELECT (SELECT json_agg(account ORDER BY id) FROM account), "
						+ "(SELECT count(*) FROM code), (SELECT count(*) FROM debit), (SELECT count(*) FROM slow)"));
		return transcript.lines;
	}

	private static String commit(Connection connection) throws SQLException {
		connection.commit();
		return "done";
	}

	private static String rollback(Connection connection) throws SQLException {
		connection.rollback();
		return "done";
	}

	private static String run(Connection connection, String... sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			for (String one : sql) {
				statement.execute(one);
			}
		}
		return "done";
	}

	private static String query(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
			List<String> columns = new ArrayList<>();
			row.next();
			for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
				columns.add(row.getString(i));
			}
			return columns.toString();
		}
	}

	private static void on(Connection other, String... sql) throws SQLException {
		try (other) {
			run(other, sql);
		}
	}

	private static void unique(Connection connection, Transcript transcript) {
		transcript.add("insert", () -> run(connection, "INSERT INTO code VALUES (1), (1)"));
		transcript.add("commit", () -> commit(connection));
	}

	private static void foreignKey(Connection connection, Transcript transcript) {
		transcript.add("insert", () -> run(connection, "INSERT INTO debit VALUES (3)"));
		transcript.add("commit", () -> commit(connection));
	}

	private static void serializationAtCommit(Connection connection, Transcript transcript) throws SQLException {
		String sum = "SELECT sum(cents) FROM account";
		connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
		transcript.add("read", () -> query(connection, sum));
		transcript.add("write", () -> run(connection, "UPDATE account SET cents = cents - 100 WHERE id = 1"));
		on(primary.open(), "BEGIN ISOLATION LEVEL SERIALIZABLE", sum,
				"UPDATE account SET cents = cents - 100 WHERE id = 2", "COMMIT");
		transcript.add("commit", () -> commit(connection));
	}

	private static void serializationInStatement(Connection connection, Transcript transcript) throws SQLException {
		connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
		transcript.add("read", () -> query(connection, "SELECT cents FROM account WHERE id = 1"));
		on(primary.open(), "UPDATE account SET cents = 50 WHERE id = 1");
		transcript.add("write", () -> run(connection, "UPDATE account SET cents = 0 WHERE id = 1"));
		transcript.add("rollback", () -> rollback(connection));
	}

	private static void deadlock(Connection connection, Transcript transcript) throws SQLException {
		try (Connection other = primary.open()) {
			run(other, "SET deadlock_timeout = '1h'");
			other.setAutoCommit(false);
			transcript.add("first", () -> run(connection, "SET LOCAL deadlock_timeout = '10ms'",
					"UPDATE account SET cents = 1 WHERE id = 1"));
			run(other, "UPDATE account SET cents = 2 WHERE id = 2");
			CompletableFuture<String> waiting = CompletableFuture.supplyAsync(() -> {
				try {
					return run(other, "UPDATE account SET cents = 2 WHERE id = 1");
				}
				catch (SQLException ex) {
					throw new IllegalStateException(ex);
				}
			});
			try (Connection watcher = primary.open()) {
				Awaitility.await()
					.until(() -> query(watcher, "SELECT count(*) FROM pg_locks WHERE NOT granted").equals("[1]"));
			}
			transcript.add("second", () -> run(connection, "UPDATE account SET cents = 1 WHERE id = 2"));
			transcript.add("rollback", () -> rollback(connection));
			waiting.join();
		}
	}

	private static void abortedCommitted(Connection connection, Transcript transcript) {
		transcript.add("write", () -> run(connection, "UPDATE account SET cents = 7 WHERE id = 1"));
		transcript.add("error", () -> run(connection, "INSERT INTO account VALUES (1, 1)"));
		transcript.add("next", () -> query(connection, "SELECT 1"));
		transcript.add("commit", () -> commit(connection));
	}

	private static void errorRollbackCommit(Connection connection, Transcript transcript) {
		transcript.add("error", () -> run(connection, "INSERT INTO account VALUES (1, 1)"));
		transcript.add("rollback", () -> rollback(connection));
		transcript.add("write", () -> run(connection, "UPDATE account SET cents = 7 WHERE id = 1"));
		transcript.add("commit", () -> commit(connection));
	}

	/**
	 * PostgreSQL exempts what a commit does from the time-out.
	 */
	private static void slowCommit(Connection connection, Transcript transcript) {
		transcript.add("write",
				() -> run(connection, "SET statement_timeout = '100ms'", "INSERT INTO slow VALUES (1)"));
		transcript.add("commit", () -> commit(connection));
		transcript.add("reset", () -> run(connection, "RESET statement_timeout"));
	}

	private static void savepoints(Connection connection, Transcript transcript) {
		transcript.add("insert", () -> run(connection, "INSERT INTO code VALUES (1)"));
		transcript.add("savepoint", () -> run(connection, "SAVEPOINT one", "INSERT INTO code VALUES (1)"));
		transcript.add("check", () -> run(connection, "SET CONSTRAINTS ALL IMMEDIATE"));
		transcript.add("back", () -> run(connection, "ROLLBACK TO one"));
		transcript.add("commit", () -> commit(connection));
	}

	/**
	 * How the pool is set.
	 */
	enum Setting {

		DEFAULT("spring.datasource.hikari.auto-commit=true"),

		NO_AUTO_COMMIT("spring.datasource.hikari.auto-commit=false"),

		AUTOSAVE("spring.datasource.hikari.data-source-properties.autosave=always");

		private final String property;

		Setting(String property) {
			this.property = property;
		}

	}

	/**
	 * How a transaction fails, and what its transcript must contain.
	 */
	enum Failure {

		UNIQUE_AT_COMMIT(FailingTransactionsTests::unique, "commit: PSQLException 23505"),

		FOREIGN_KEY_AT_COMMIT(FailingTransactionsTests::foreignKey, "commit: PSQLException 23503"),

		SERIALIZATION_AT_COMMIT(FailingTransactionsTests::serializationAtCommit, "commit: PSQLException 40001"),

		SERIALIZATION_IN_STATEMENT(FailingTransactionsTests::serializationInStatement, "write: PSQLException 40001"),

		DEADLOCK(FailingTransactionsTests::deadlock, "second: PSQLException 40P01"),

		ABORTED_COMMITTED(FailingTransactionsTests::abortedCommitted, "error: PSQLException 23505"),

		ERROR_ROLLBACK_COMMIT(FailingTransactionsTests::errorRollbackCommit, "rows: [[{\"id\":1,\"cents\":7}"),

		SLOW_COMMIT(FailingTransactionsTests::slowCommit, "rows: [[{\"id\":1,\"cents\":100}"),

		SAVEPOINTS(FailingTransactionsTests::savepoints, "check: PSQLException 23505");

		private final Scenario scenario;

		private final String expected;

		Failure(Scenario scenario, String expected) {
			this.scenario = scenario;
			this.expected = expected;
		}

	}

	private interface Scenario {

		void run(Connection connection, Transcript transcript) throws SQLException;

	}

	private interface Step {

		Object run() throws SQLException;

	}

	/**
	 * What an application sees, one line for each step.
	 */
	private static final class Transcript {

		private final List<String> lines = new ArrayList<>();

		void add(String step, Step action) {
			this.lines.add(step + ": " + outcome(action));
		}

		private static String outcome(Step action) {
			try {
				return String.valueOf(action.run());
			}
			catch (SQLException ex) {
				String message = String.valueOf(ex.getMessage()).replaceAll("(?s)\\n.*", "");
				return ex.getClass().getSimpleName() + " " + ex.getSQLState() + " " + message;
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
