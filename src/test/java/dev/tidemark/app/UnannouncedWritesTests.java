package dev.tidemark.app;

import java.io.StringReader;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;

import javax.sql.DataSource;

import dev.tidemark.ConsistencySession;
import dev.tidemark.test.PostgresReplica;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.PreparedStatementCreatorFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Writes by a function that nobody has named, outside transactions and in texts that end
 * one. At level READ_YOUR_WRITES, so that it does not suffice that they have read.
 */
class UnannouncedWritesTests {

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static JdbcTemplate jdbc;

	private static ConsistencySession sessions;

	private static TransactionTemplate readOnly;

	private static TransactionTemplate readWrite;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.NONE,
				"tidemark.consistency.default-level=read-your-writes");
		jdbc = application.getBean(JdbcTemplate.class);
		sessions = application.getBean(ConsistencySession.class);
		PlatformTransactionManager transactions = application.getBean(PlatformTransactionManager.class);
		readOnly = new TransactionTemplate(transactions);
		readOnly.setReadOnly(true);
		readWrite = new TransactionTemplate(transactions);
		jdbc.execute("CREATE TABLE note (owner text)");
		jdbc.execute("CREATE FUNCTION add_note(text) RETURNS int LANGUAGE sql AS "
				+ "'INSERT INTO note VALUES ($1) RETURNING 1'");
	}

	@AfterAll
	static void stop() {
		if (application != null) {
			application.close();
		}
		servers.close();
	}

	@BeforeEach
	void holdReplicas() {
		servers.postgres().awaitReplicated();
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
	}

	@AfterEach
	void releaseReplicas() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
	}

	private static List<String> notes(String owner) {
		return readOnly
			.execute((status) -> jdbc.queryForList("SELECT owner FROM note WHERE owner = ?", String.class, owner));
	}

	private static boolean readsReplica() {
		return readOnly.execute((status) -> jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class));
	}

	private static void assertOnlyWriterSeesNote(String owner) throws Exception {
		assertThat(sessions.callAs(owner, () -> notes(owner))).containsExactly(owner);
		assertThat(sessions.callAs("bob", () -> notes(owner))).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT add_note('%s')", "SELECT set_config('app.tenant', 'a', true), add_note('%s')",
			"EXPLAIN ANALYZE SELECT add_note('%s')", "BEGIN; SELECT add_note('%s'); COMMIT" })
	void outsideATransaction(String sql) throws Exception {
		String caller = "outside " + sql.hashCode();
		sessions.runAs(caller, () -> jdbc.execute(sql.formatted(caller)));
		assertOnlyWriterSeesNote(caller);
	}

	@Test
	void withAnUpdatableResult() throws Exception {
		PreparedStatementCreatorFactory query = new PreparedStatementCreatorFactory("SELECT add_note('updates')");
		query.setUpdatableResults(true);
		sessions.runAs("updates", () -> jdbc.query(query.newPreparedStatementCreator(List.of()), (row) -> {
		}));
		assertOnlyWriterSeesNote("updates");
	}

	@Test
	void inABatch() throws Exception {
		sessions.runAs("batch", () -> jdbc.batchUpdate("SELECT add_note('batch')"));
		assertOnlyWriterSeesNote("batch");
	}

	@Test
	void asTheOnlyTextOfATransactionThatItEnds() throws Exception {
		sessions.runAs("ends",
				() -> readWrite.executeWithoutResult((status) -> jdbc.execute("SELECT add_note('ends'); COMMIT")));
		assertOnlyWriterSeesNote("ends");
	}

	/**
	 * HikariCP sets the driver's connection to auto-commit mode when it is given back,
	 * which commits what it does not know of.
	 */
	@Test
	void onTheDriversOwnConnectionThatIsClosed() throws Exception {
		sessions.callAs("copies", () -> {
			try (Connection connection = application.getBean(DataSource.class).getConnection()) {
				connection.setAutoCommit(false);
				CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
				try (Statement statement = connection.createStatement()) {
					statement.execute("INSERT INTO note VALUES ('nobody')");
				}
				connection.commit();
				releaseReplicas();
				holdReplicas();
				return copy.copyIn("COPY note FROM STDIN", new StringReader("copies\n"));
			}
		});
		assertOnlyWriterSeesNote("copies");
	}

	@Test
	void onTheDriversOwnConnectionBeforeATransaction() throws Exception {
		sessions.callAs("copies before", () -> {
			try (Connection connection = application.getBean(DataSource.class).getConnection();
					Statement statement = connection.createStatement()) {
				connection.unwrap(PGConnection.class)
					.getCopyAPI()
					.copyIn("COPY note FROM STDIN", new StringReader("copies before\n"));
				connection.setAutoCommit(false);
				statement.executeQuery("SELECT 1").close();
				connection.commit();
				return true;
			}
		});
		assertOnlyWriterSeesNote("copies before");
	}

	@Test
	void inATransactionBegunByTextThatIsLeftOpen() throws Exception {
		sessions.callAs("leaves", () -> {
			try (Connection connection = application.getBean(DataSource.class).getConnection();
					Statement statement = connection.createStatement()) {
				statement.execute("BEGIN");
				statement.execute("INSERT INTO note VALUES ('leaves')");
				connection.setAutoCommit(false);
				return true;
			}
		});
		assertOnlyWriterSeesNote("leaves");
	}

	@ParameterizedTest
	@ValueSource(strings = { "SHOW work_mem", "SET LOCAL work_mem = '8MB'", "EXPLAIN ANALYZE SELECT * FROM note",
			"BEGIN; SELECT * FROM note; COMMIT" })
	void noneByWhatCallsNothing(String sql) throws Exception {
		sessions.runAs("somebody else", () -> jdbc.update("INSERT INTO note VALUES ('somebody else')"));
		sessions.runAs("reader", () -> jdbc.execute(sql));
		assertThat(sessions.callAs("reader", UnannouncedWritesTests::readsReplica)).isTrue();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
