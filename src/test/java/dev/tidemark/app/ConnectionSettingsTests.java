package dev.tidemark.app;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import javax.sql.DataSource;

import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the servers are told of an application's settings, and how often.
 */
class ConnectionSettingsTests {

	private static final String READ = "SELECT pg_is_in_recovery(), current_setting('search_path')";

	private static final String LOCK = READ + " FROM public.note FOR UPDATE";

	/**
	 * The time in which the pool does not look at a connection that was used, in
	 * milliseconds. The pool reads it when it starts.
	 */
	private static final String BYPASS_WINDOW = "com.zaxxer.hikari.aliveBypassWindowMs";

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static DataSource dataSource;

	@BeforeAll
	static void start() throws SQLException {
		servers = new Servers(
				ReplicatedPostgres.builder().replicas("replica1").setting("log_statement", "all").start());
		System.setProperty(BYPASS_WINDOW, "3600000");
		application = servers.start(Application.class, WebApplicationType.NONE,
				"tidemark.routing.autocommit-reads=replica", "tidemark.consistency.default-level=eventual",
				"spring.datasource.hikari.maximum-pool-size=1");
		dataSource = application.getBean(DataSource.class);
		try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE note AS SELECT 1 AS n");
		}
		servers.postgres().awaitReplicated();
	}

	@AfterAll
	static void stop() {
		System.clearProperty(BYPASS_WINDOW);
		application.close();
		servers.close();
	}

	@Test
	void questionsMakeSettingOnce() throws Exception {
		try (Connection connection = dataSource.getConnection()) {
			connection.setSchema("asked");
			for (int i = 0; i < 3; i++) {
				connection.getSchema();
				connection.getMetaData().getSchemas().close();
			}
		}
		assertThat(timesSet("asked", servers.postgres().primary())).isOne();
	}

	@Test
	void settingIsMadeOnceOnServersThatAreUsedInTurns() throws Exception {
		try (Connection connection = dataSource.getConnection();
				PreparedStatement read = connection.prepareStatement(READ);
				PreparedStatement lock = connection.prepareStatement(LOCK)) {
			connection.setSchema("kept");
			for (int i = 0; i < 3; i++) {
				assertThat(row(read)).isEqualTo("t kept");
				assertThat(row(lock)).isEqualTo("f kept");
			}
		}
		assertThat(timesSet("kept", servers.postgres().primary())).isOne();
		assertThat(timesSet("kept", servers.postgres().replica("replica1"))).isOne();
	}

	@Test
	void serverThatIsUsedAgainIsToldWhatWasSetMeanwhile() throws Exception {
		try (Connection connection = dataSource.getConnection();
				PreparedStatement read = connection.prepareStatement(READ);
				PreparedStatement lock = connection.prepareStatement(LOCK)) {
			for (String schema : new String[] { "first", "second", "third" }) {
				connection.setSchema(schema);
				assertThat(row(read)).isEqualTo("t " + schema);
				assertThat(row(lock)).isEqualTo("f " + schema);
			}
			connection.setAutoCommit(false);
			connection.setSchema("undone");
			assertThat(row(lock)).isEqualTo("f undone");
			connection.rollback();
			connection.setAutoCommit(true);
			assertThat(row(read)).isEqualTo("t third");
			assertThat(row(lock)).isEqualTo("f third");
		}
	}

	@Test
	void serverIsToldAfterARollbackWhatWasSetBeforeOnAnother() throws Exception {
		try (Connection connection = dataSource.getConnection()) {
			connection.setSchema("before");
			connection.setAutoCommit(false);
			connection.setReadOnly(true);
			assertThat(row(connection, READ)).isEqualTo("t before");
			connection.commit();
			connection.setReadOnly(false);
			connection.setSchema("undone");
			assertThat(row(connection, READ)).isEqualTo("f undone");
			connection.rollback();
			assertThat(row(connection, READ)).isEqualTo("f before");
			connection.rollback();
		}
	}

	@Test
	void serverThatIsUsedAgainIsToldWhatWasSetInTransactionByStatement() throws Exception {
		try (Connection connection = dataSource.getConnection();
				PreparedStatement read = connection.prepareStatement(READ);
				Statement statement = connection.createStatement()) {
			connection.setSchema("outside");
			assertThat(row(read)).isEqualTo("t outside");
			statement.execute("BEGIN");
			connection.setSchema("inside");
			statement.execute("COMMIT");
			assertThat(row(read)).isEqualTo("t inside");
		}
	}

	@Test
	void questionLeavesConnectionThatWasLostInThePool() throws Exception {
		endConnectionInPool();
		try (Connection connection = dataSource.getConnection()) {
			connection.setSchema("pg_catalog");
			assertThat(connection.getSchema()).isEqualTo("pg_catalog");
		}
	}

	private static void endConnectionInPool() throws SQLException {
		int backend;
		try (Connection connection = dataSource.getConnection();
				PreparedStatement lock = connection.prepareStatement("SELECT pg_backend_pid() FROM note FOR UPDATE");
				ResultSet rows = lock.executeQuery()) {
			rows.next();
			backend = rows.getInt(1);
		}
		try (Connection administrator = servers.postgres().primary().open();
				Statement statement = administrator.createStatement()) {
			statement.execute("SELECT pg_terminate_backend(" + backend + ")");
			Awaitility.await().until(() -> {
				try (ResultSet rows = statement
					.executeQuery("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = " + backend)) {
					return rows.next() && rows.getBoolean(1);
				}
			});
		}
	}

	private static String row(PreparedStatement statement) throws SQLException {
		try (ResultSet rows = statement.executeQuery()) {
			assertThat(rows.next()).isTrue();
			return rows.getString(1) + " " + rows.getString(2);
		}
	}

	private static String row(Connection connection, String sql) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			return row(statement);
		}
	}

	private static long timesSet(String schema, PostgresServer server) throws IOException {
		String statement = "SET SESSION search_path TO '" + schema + "'";
		return Files.readAllLines(server.logFile()).stream().filter((line) -> line.contains(statement)).count();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
