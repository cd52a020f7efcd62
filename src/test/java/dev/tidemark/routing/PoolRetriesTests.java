package dev.tidemark.routing;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

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

	@Test
	void poolGivesConnectionsAtOnceWhenItsServerIsBack() throws SQLException {
		try (ReplicatedPostgres postgres = ReplicatedPostgres.builder().replicas("a").start();
				HikariDataSource pool = new HikariDataSource()) {
			Attempts attempts = new Attempts(postgres.primary());
			pool.setPoolName("sleeper");
			pool.setDataSource(attempts);
			pool.setMaximumPoolSize(1);
			pool.setConnectionTimeout(2000);
			pool.getConnection().close();
			postgres.primary().kill();
			pool.getHikariPoolMXBean().softEvictConnections();
			attempts.made.set(0);
			Awaitility.await().until(() -> attempts.made.get() == ATTEMPTS);
			postgres.primary().start();
			PoolRetries.now(pool);
			try (Connection connection = pool.getConnection()) {
				assertThat(connection.isValid(1)).isTrue();
			}
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
