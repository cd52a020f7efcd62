package dev.tidemark.wal;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.datasource.AbstractDriverBasedDataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link JdbcServerProbe}. When replay cancels a query can't be chosen, so the
 * exception is made here.
 */
class JdbcServerProbeTests {

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
	void questionThatReplayCancelsIsAskedAgain() throws SQLException {
		Cancelling connections = new Cancelling(2, "40001");
		JdbcServerProbe probe = new JdbcServerProbe(connections, Duration.ofSeconds(10), Positions.WAL);
		assertThat(probe.ask().inRecovery()).isTrue();
		assertThat(connections.opened).hasValue(1);
		probe.close();
	}

	@Test
	void otherErrorsAreNotRepeated() {
		JdbcServerProbe probe = new JdbcServerProbe(new Cancelling(1, "57014"), Duration.ofSeconds(10), Positions.WAL);
		assertThatExceptionOfType(SQLException.class).isThrownBy(probe::ask).withMessage("cancelled");
		probe.close();
	}

	/**
	 * Connections whose first statements fail.
	 */
	private static final class Cancelling extends DelegatingDataSource {

		private final AtomicInteger opened = new AtomicInteger();

		private final AtomicInteger left;

		private final String state;

		Cancelling(int times, String state) {
			super(dataSource(postgres.replica("a")));
			this.left = new AtomicInteger(times);
			this.state = state;
		}

		private static AbstractDriverBasedDataSource dataSource(PostgresServer server) {
			return new DriverManagerDataSource(server.jdbcUrl(), server.username(), server.password());
		}

		@Override
		public Connection getConnection() throws SQLException {
			this.opened.incrementAndGet();
			Connection connection = super.getConnection();
			return (Connection) Proxy.newProxyInstance(Connection.class.getClassLoader(),
					new Class<?>[] { Connection.class }, (proxy, method, args) -> {
						if (method.getReturnType() == Statement.class && this.left.getAndDecrement() > 0) {
							throw new SQLException("cancelled", this.state);
						}
						return method.invoke(connection, args);
					});
		}

	}

}
