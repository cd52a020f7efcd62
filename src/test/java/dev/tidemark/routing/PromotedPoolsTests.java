package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;

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
 * Tests for {@link PromotedPools}.
 */
class PromotedPoolsTests {

	private static ReplicatedPostgres postgres;

	private PostgresServer server;

	private TcpProxy proxy;

	private final HikariDataSource configured = new HikariDataSource();

	private final HikariDataSource replica = new HikariDataSource();

	private final PromotedPools pools = new PromotedPools(this.configured, Map.of("a", this.replica));

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
		this.server = postgres.primary();
		this.proxy = TcpProxy.to(this.server.host(), this.server.port());
		this.configured.setUsername(this.server.username());
		this.configured.setPassword(this.server.password());
		this.configured.setMaximumPoolSize(2);
		this.replica.setJdbcUrl("jdbc:postgresql://" + this.proxy.host() + ":" + this.proxy.port() + "/postgres");
	}

	@AfterEach
	void stop() {
		this.pools.close();
		this.proxy.close();
		awaitConnections(0);
	}

	@Test
	void onlyThePrimarysPoolKeepsConnections() throws SQLException {
		HikariDataSource pool = this.pools.of("a");
		try (Connection used = pool.getConnection()) {
			awaitConnections(2);
			assertThat(this.pools.isOutOfStep("a")).isFalse();
			assertThat(this.pools.isOutOfStep("primary")).isTrue();
			emptyUntil(1);
			assertThat(used.isValid(1)).isTrue();
		}
		emptyUntil(0);
		assertThat(this.pools.isOutOfStep("a")).isTrue();
		this.pools.keep("a");
		assertThat(this.pools.isOutOfStep("a")).isFalse();
		pool.getConnection().close();
		this.pools.keep("a");
		assertThat(connections()).isPositive();
		assertThat(pool.getMinimumIdle()).isEqualTo(2);
	}

	@Test
	void connectionThatIsTakenLateIsNotKept() throws SQLException {
		this.pools.of("a").getConnection().close();
		emptyUntil(0);
		this.pools.of("a").getConnection().close();
		assertThat(this.pools.isOutOfStep("primary")).isTrue();
		emptyUntil(0);
	}

	@Test
	void noPoolIsOpenedAfterTheEnd() throws SQLException {
		this.pools.close();
		HikariDataSource pool = this.pools.of("a");
		assertThatExceptionOfType(SQLException.class).isThrownBy(pool::getConnection)
			.withMessageContaining("has been closed");
		assertThat(connections()).isZero();
	}

	@Test
	void poolThatStartsAtTheEndIsClosed() throws Exception {
		this.proxy.silence();
		FutureTask<Connection> first = new FutureTask<>(this.pools.of("a")::getConnection);
		CompletableFuture<Void> taken = CompletableFuture.runAsync(first);
		Awaitility.await().until(() -> this.proxy.connections() == 1);
		this.pools.close();
		this.proxy.heal();
		taken.join();
		awaitConnections(0);
	}

	/**
	 * A connection that is being opened arrives in the pool later.
	 */
	private void emptyUntil(long number) {
		Awaitility.await().until(() -> {
			if (this.pools.isOutOfStep("primary")) {
				this.pools.keep("primary");
			}
			return connections() == number && !this.pools.isOutOfStep("primary");
		});
	}

	private void awaitConnections(int number) {
		Callable<Long> connections = this::connections;
		Awaitility.await().untilAsserted(() -> assertThat(connections.call()).isEqualTo(number));
	}

	private long connections() throws SQLException {
		try (Connection connection = this.server.open();
				Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_stat_activity "
						+ "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")) {
			row.next();
			return row.getLong(1);
		}
	}

}
