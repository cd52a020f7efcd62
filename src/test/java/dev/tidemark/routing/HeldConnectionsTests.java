package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.fault.TcpProxy;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link HeldConnections} whose connections are cut while nobody looks.
 */
class HeldConnectionsTests {

	private static final String ELSEWHERE = "elsewhere";

	private static ReplicatedPostgres postgres;

	private final HikariDataSource pool = new HikariDataSource();

	private final HeldConnections held = new HeldConnections();

	private TcpProxy proxy;

	private boolean released;

	@BeforeAll
	static void startServer() {
		postgres = ReplicatedPostgres.builder().replicas("a").start();
	}

	@AfterAll
	static void stopServer() {
		postgres.close();
	}

	@BeforeEach
	void configure() {
		PostgresServer server = postgres.replicas().get(0);
		this.proxy = TcpProxy.to(server.host(), server.port());
		this.pool.setJdbcUrl("jdbc:postgresql://" + this.proxy.host() + ":" + this.proxy.port() + "/postgres");
		this.pool.setUsername(server.username());
		this.pool.setPassword(server.password());
		this.pool.setMaximumPoolSize(1);
	}

	@AfterEach
	void stop() {
		this.pool.close();
		this.proxy.close();
	}

	@Test
	void readGoesOnThoughTheConnectionItFailedOnIsLostMeanwhile() throws SQLException {
		this.held.add(inTransaction("a"));
		this.proxy.cut();
		this.held.releaseCurrent();
		assertThat(this.held.current()).isNull();
		assertIsGivenBack();
	}

	@Test
	void readGoesOnThoughTheConnectionThatItLeavesIsLost() throws SQLException {
		this.held.add(inTransaction("a"));
		this.proxy.cut();
		assertThat(this.held.switchTo(ELSEWHERE)).isNull();
		assertIsGivenBack();
	}

	@Test
	void lostConnectionToAReplicaIsNotReturnedTo() throws SQLException {
		ServerConnection kept = inTransaction("a");
		kept.statementOpened();
		this.held.add(kept);
		assertThat(this.held.switchTo(ELSEWHERE)).isNull();
		this.proxy.cut();
		assertThat(this.held.switchTo("a")).isNull();
		assertIsGivenBack();
	}

	@Test
	void lostConnectionToThePrimaryIsNotReplaced() throws SQLException {
		ServerConnection kept = inTransaction(Decision.PRIMARY);
		kept.statementOpened();
		this.held.add(kept);
		assertThat(this.held.switchTo(ELSEWHERE)).isNull();
		this.proxy.cut();
		assertThat(this.held.switchTo(Decision.PRIMARY)).isSameAs(kept);
		assertThat(kept.isLost()).isTrue();
	}

	@Test
	void closeTellsOfTheLoss() throws SQLException {
		this.held.add(inTransaction("a"));
		this.proxy.cut();
		assertThatExceptionOfType(SQLException.class).isThrownBy(this.held::releaseAll)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08006"));
		assertIsGivenBack();
	}

	private ServerConnection inTransaction(String target) throws SQLException {
		Connection connection = this.pool.getConnection();
		connection.setAutoCommit(false);
		try (Statement statement = connection.createStatement()) {
			statement.execute("SELECT 1");
		}
		return new ServerConnection(target, this.pool, connection, FirstAnswers.physical(connection))
			.onRelease(() -> this.released = true);
	}

	private void assertIsGivenBack() {
		assertThat(this.released).isTrue();
		Awaitility.await().until(() -> this.pool.getHikariPoolMXBean().getActiveConnections() == 0);
	}

}
