package dev.tidemark.app;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import javax.sql.DataSource;

import dev.tidemark.ConsistencySession;
import dev.tidemark.test.PostgresReplica;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * {@code tidemark.routing.autocommit-reads=replica}: queries outside a transaction, and
 * where the servers say that they ran.
 */
class AutocommitReadsTests {

	private static final String REPLICA = "SELECT pg_is_in_recovery()";

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static DataSource dataSource;

	private static JdbcTemplate jdbc;

	private static ConsistencySession sessions;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.NONE,
				"tidemark.routing.autocommit-reads=replica", "tidemark.routing.writing-functions=add_note");
		dataSource = application.getBean(DataSource.class);
		jdbc = application.getBean(JdbcTemplate.class);
		sessions = application.getBean(ConsistencySession.class);
		jdbc.execute("CREATE TABLE note (id int PRIMARY KEY, body text)");
		jdbc.execute("CREATE SEQUENCE counter");
		for (String name : new String[] { "add_note", "add_silently" }) {
			jdbc.execute("CREATE FUNCTION " + name + "(int) RETURNS boolean LANGUAGE sql AS "
					+ "'INSERT INTO note VALUES ($1, ''f''); SELECT pg_is_in_recovery()'");
		}
	}

	@AfterAll
	static void stop() {
		application.close();
		servers.close();
	}

	@BeforeEach
	void reset() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		jdbc.update("DELETE FROM note");
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> sessions.callAs("nobody", () -> ask(REPLICA)));
	}

	private static boolean ask(String sql) {
		return Boolean.TRUE.equals(jdbc.queryForObject(sql, Boolean.class));
	}

	@Test
	void plainQueryRunsOnReplica() throws Exception {
		assertThat(sessions.callAs("alice", () -> ask(REPLICA))).isTrue();
	}

	@Test
	void userReadsOwnWriteWhileReplicasStandStill() throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		sessions.runAs("alice", () -> jdbc.update("INSERT INTO note VALUES (1, 'own')"));
		String count = "SELECT count(*) FROM note";
		assertThat(sessions.callAs("alice", () -> jdbc.queryForObject(count, Integer.class))).isOne();
		assertThat(sessions.callAs("bob", () -> jdbc.queryForObject(count, Integer.class))).isZero();
	}

	@Test
	void preparedStatementMovesToPrimaryWithItsParameters() throws Exception {
		sessions.callAs("carol", () -> {
			try (Connection connection = dataSource.getConnection();
					PreparedStatement query = connection
						.prepareStatement("SELECT pg_is_in_recovery(), body FROM (VALUES (?)) v (wanted) "
								+ "LEFT JOIN note ON body = wanted")) {
				query.setString(1, "moved");
				assertThat(row(query.executeQuery())).isEqualTo("t null");
				servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
				jdbc.update("INSERT INTO note VALUES (1, 'moved')");
				assertThat(row(query.executeQuery())).isEqualTo("f moved");
			}
			return "done";
		});
	}

	private static String row(ResultSet rows) throws SQLException {
		try (rows) {
			assertThat(rows.next()).isTrue();
			return rows.getString(1) + " " + rows.getString(2);
		}
	}

	@Test
	void resultsOfReplicaAndPrimaryAreReadInTurns() throws Exception {
		jdbc.update("INSERT INTO note VALUES (1, 'a'), (2, 'b')");
		servers.postgres().awaitReplicated();
		sessions.callAs("dave", () -> {
			try (Connection connection = dataSource.getConnection();
					Statement reading = connection.createStatement();
					Statement locking = connection.createStatement();
					ResultSet onReplica = reading.executeQuery("SELECT pg_is_in_recovery(), id FROM note ORDER BY id");
					ResultSet onPrimary = locking
						.executeQuery("SELECT pg_is_in_recovery(), id FROM note ORDER BY id FOR UPDATE")) {
				for (int id = 1; id <= 2; id++) {
					assertThat(onReplica.next() && onReplica.getBoolean(1) && onReplica.getInt(2) == id).isTrue();
					assertThat(onPrimary.next() && !onPrimary.getBoolean(1) && onPrimary.getInt(2) == id).isTrue();
				}
			}
			return "done";
		});
	}

	@Test
	void whatIsMoreThanReadingRunsOnPrimary() throws Exception {
		jdbc.update("INSERT INTO note VALUES (1, 'a')");
		servers.postgres().awaitReplicated();
		for (String sql : new String[] { "SELECT pg_is_in_recovery() FROM note FOR UPDATE",
				"SELECT pg_is_in_recovery() FROM nextval('counter')", "SELECT add_note(2)" }) {
			assertThat(sessions.callAs(sql, () -> ask(sql))).as(sql).isFalse();
		}
	}

	@Test
	void updatableResultSetIsOnPrimary() throws Exception {
		jdbc.update("INSERT INTO note VALUES (1, 'a')");
		servers.postgres().awaitReplicated();
		sessions.callAs("erin", () -> {
			try (Connection connection = dataSource.getConnection();
					Statement statement = connection.createStatement(ResultSet.TYPE_FORWARD_ONLY,
							ResultSet.CONCUR_UPDATABLE);
					ResultSet rows = statement.executeQuery("SELECT id, body FROM note")) {
				rows.next();
				rows.updateString("body", "changed");
				rows.updateRow();
			}
			assertThat(jdbc.queryForObject("SELECT body FROM note", String.class)).isEqualTo("changed");
			return "done";
		});
	}

	@Test
	void functionThatWritesUnnamedFails() {
		assertThatExceptionOfType(Exception.class)
			.isThrownBy(() -> sessions.callAs("frank", () -> ask("SELECT add_silently(3)")))
			.havingCause()
			.isInstanceOfSatisfying(SQLException.class, (ex) -> assertThat(ex.getSQLState()).isEqualTo("25006"))
			.withMessageContaining("tidemark.routing.writing-functions");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
