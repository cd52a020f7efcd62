package dev.tidemark.routing;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import dev.tidemark.wal.JdbcServerProbe;
import dev.tidemark.wal.Positions;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.ServerProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.jdbc.datasource.AbstractDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ServerPools}.
 */
class ServerPoolsTests {

	private static ReplicatedPostgres postgres;

	private final HikariDataSource primary = new HikariDataSource();

	private final HikariDataSource replica = new HikariDataSource();

	private Unwrapping connections;

	private ReplicationMonitor monitor;

	private ServerPools pools;

	@BeforeAll
	static void startServers() {
		postgres = ReplicatedPostgres.builder().replicas("a").start();
	}

	@AfterAll
	static void stopServers() {
		postgres.close();
	}

	@BeforeEach
	void start() {
		this.monitor = new ReplicationMonitor(probe(postgres.primary()), Map.of("a", probe(postgres.replica("a"))),
				Duration.ofMillis(50));
		this.monitor.start(Duration.ofSeconds(10));
		this.connections = new Unwrapping(postgres.replica("a"));
		this.primary.setDataSource(source(postgres.primary()));
		this.replica.setDataSource(this.connections);
		this.pools = new ServerPools(this.primary, Map.of("a", this.replica), this.monitor, Positions.WAL);
	}

	@AfterEach
	void stop() {
		this.pools.close();
		this.monitor.close();
		this.replica.close();
		this.primary.close();
	}

	/**
	 * The first loan of a connection looks at the driver's own four times, the others
	 * twice.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 4, 5, 6 })
	void connectionThatCannotBeLentIsNotKept(int look) throws SQLException {
		this.replica.setMaximumPoolSize(1);
		this.connections.failsAt = look;
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> {
			this.pools.replica("a").connection().release();
			this.pools.replica("a").connection().release();
		}).withMessage("look " + look);
		assertThat(this.replica.getHikariPoolMXBean().getActiveConnections()).isZero();
		ServerConnection next = this.pools.replica("a").connection();
		assertThat(next.connection().isValid(1)).isTrue();
		next.release();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 4, 5 })
	void connectionToThePrimaryThatCannotBeLentIsNotKept(int look) throws SQLException {
		Unwrapping connections = new Unwrapping(postgres.primary());
		this.primary.setDataSource(connections);
		this.primary.setMaximumPoolSize(1);
		connections.failsAt = look;
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> {
			this.pools.primary().release();
			this.pools.primary().release();
		}).withMessage("look " + look);
		assertThat(this.primary.getHikariPoolMXBean().getActiveConnections()).isZero();
		this.pools.primary().release();
	}

	private static ServerProbe probe(PostgresServer server) {
		return new JdbcServerProbe(source(server), Duration.ofSeconds(1), Positions.WAL);
	}

	private static PGSimpleDataSource source(PostgresServer server) {
		PGSimpleDataSource source = new PGSimpleDataSource();
		source.setUrl(server.jdbcUrl());
		source.setUser(server.username());
		source.setPassword(server.password());
		return source;
	}

	/**
	 * Opens connections behind which the driver's own can't be found once.
	 */
	private static final class Unwrapping extends AbstractDataSource {

		private final PostgresServer server;

		private final AtomicInteger looks = new AtomicInteger();

		private int failsAt;

		Unwrapping(PostgresServer server) {
			this.server = server;
		}

		@Override
		public Connection getConnection() throws SQLException {
			Connection connection = this.server.open();
			return (Connection) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { Connection.class },
					(proxy, method, arguments) -> {
						if (method.getName().equals("unwrap") && this.looks.incrementAndGet() == this.failsAt) {
							throw new SQLException("look " + this.failsAt);
						}
						try {
							return method.invoke(connection, arguments);
						}
						catch (InvocationTargetException ex) {
							throw ex.getCause();
						}
					});
		}

		@Override
		public Connection getConnection(String username, String password) throws SQLException {
			return getConnection();
		}

		@Override
		public void setLogWriter(PrintWriter out) {
		}

		@Override
		public void setLoginTimeout(int timeout) {
		}

	}

}
