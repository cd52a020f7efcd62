package dev.tidemark.routing;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import dev.tidemark.wal.JdbcServerProbe;
import dev.tidemark.wal.Positions;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.ServerProbe;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.jdbc.datasource.AbstractDataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PoolRetries}.
 */
class PoolRetriesTests {

	/**
	 * The tenth pause of HikariCP is the first one of five seconds.
	 */
	private static final int ATTEMPTS = 10;

	private static ReplicatedPostgres postgres;

	@BeforeAll
	static void start() {
		postgres = ReplicatedPostgres.builder().replicas("a").start();
	}

	@AfterAll
	static void stop() {
		postgres.close();
	}

	@Test
	void poolGivesConnectionsAtOnceWhenItsServerIsBack() throws SQLException {
		try (HikariDataSource pool = asleep(postgres.primary())) {
			postgres.primary().start();
			PoolRetries.now(pool);
			assertIsValid(pool.getConnection());
		}
	}

	@Test
	void poolOfAReplicaIsWokenWhenItIsBack() throws SQLException {
		PostgresReplica replica = postgres.replica("a");
		try (ReplicationMonitor monitor = new ReplicationMonitor(probe(postgres.primary()), Map.of("a", probe(replica)),
				Duration.ofMillis(50))) {
			monitor.start(Duration.ofSeconds(2));
			try (HikariDataSource pool = asleep(replica)) {
				await(monitor, ReplicaState.UNREACHABLE);
				monitor.listen(new PoolRetries(Map.of("a", pool), monitor.status())::changed);
				replica.start();
				await(monitor, ReplicaState.REPLICATING);
				assertIsValid(pool.getConnection());
			}
		}
	}

	private static void await(ReplicationMonitor monitor, ReplicaState state) {
		Awaitility.await().until(() -> monitor.status().replicas().get(0).state() == state);
	}

	private static ServerProbe probe(PostgresServer server) {
		PGSimpleDataSource connections = new PGSimpleDataSource();
		connections.setUrl(server.jdbcUrl());
		connections.setUser(server.username());
		connections.setPassword(server.password());
		return new JdbcServerProbe(connections, Duration.ofSeconds(1), Positions.WAL);
	}

	/**
	 * Return a pool whose server is down, and that has tried for long.
	 */
	private static HikariDataSource asleep(PostgresServer server) throws SQLException {
		HikariDataSource pool = new HikariDataSource();
		Attempts attempts = new Attempts(server);
		pool.setPoolName("sleeper");
		pool.setDataSource(attempts);
		pool.setMaximumPoolSize(1);
		pool.setConnectionTimeout(2000);
		pool.getConnection().close();
		server.kill();
		attempts.made.set(0);
		pool.getHikariPoolMXBean().softEvictConnections();
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> attempts.made.get() == ATTEMPTS);
		return pool;
	}

	private static void assertIsValid(Connection taken) throws SQLException {
		try (Connection connection = taken) {
			assertThat(connection.isValid(1)).isTrue();
		}
	}

	private static final class Attempts extends AbstractDataSource {

		private final PostgresServer server;

		private final AtomicInteger made = new AtomicInteger();

		Attempts(PostgresServer server) {
			this.server = server;
		}

		@Override
		public Connection getConnection() throws SQLException {
			this.made.incrementAndGet();
			return this.server.open();
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
