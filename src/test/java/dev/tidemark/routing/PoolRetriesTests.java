package dev.tidemark.routing;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
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

	/**
	 * As one whose server takes no more connections, to which all is well for a monitor.
	 */
	@Test
	void poolTriesAgainForEachWhoHasWaitedInVain() throws SQLException {
		Attempts attempts = new Attempts(postgres.replica("a"));
		waitInVain(attempts, () -> attempts.refused = true, ReplicaState.REPLICATING);
		assertThat(attempts.made).hasValueGreaterThan(ATTEMPTS + ATTEMPTS / 2);
	}

	@Test
	void poolOfAReplicaThatDoesNotAnswerIsLeftToItsPauses() throws SQLException {
		PostgresReplica replica = postgres.replica("a");
		Attempts attempts = new Attempts(replica);
		try {
			waitInVain(attempts, replica::kill, ReplicaState.UNREACHABLE);
			assertThat(attempts.made).hasValueLessThan(ATTEMPTS + ATTEMPTS / 2);
		}
		finally {
			replica.start();
		}
	}

	private static void waitInVain(Attempts attempts, Runnable fault, ReplicaState state) throws SQLException {
		try (ReplicationMonitor monitor = new ReplicationMonitor(probe(postgres.primary()),
				Map.of("a", probe(postgres.replica("a"))), Duration.ofMillis(50));
				HikariDataSource primary = new HikariDataSource();
				Impatient pool = new Impatient()) {
			monitor.start(Duration.ofSeconds(2));
			await(monitor, ReplicaState.REPLICATING);
			asleep(pool, attempts, fault);
			await(monitor, state);
			ServerPools pools = new ServerPools(primary, Map.of("a", pool), monitor, Positions.WAL);
			Awaitility.await().until(() -> pools.room().isFull("a") && pool.refusals.get() > ATTEMPTS);
			pools.close();
		}
	}

	/**
	 * A login that takes longer than a wait would never end otherwise.
	 */
	@Test
	void attemptIsNotEndedByWhoHasWaitedInVain() throws SQLException {
		Attempts attempts = new Attempts(postgres.primary());
		Impatient pool = new Impatient();
		try (pool) {
			open(pool, attempts);
			attempts.held = new CountDownLatch(1);
			pool.getHikariPoolMXBean().softEvictConnections();
			PoolRoom room = new PoolRoom(Map.of("a", pool), (replica) -> true);
			Awaitility.await().until(() -> room.isFull("a") && pool.refusals.get() > 1);
			attempts.held.countDown();
			Awaitility.await().until(() -> !room.isFull("a"));
			assertThat(attempts.interrupted).isFalse();
			room.close();
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
		pool.setConnectionTimeout(2000);
		asleep(pool, new Attempts(server), server::kill);
		return pool;
	}

	private static void asleep(HikariDataSource pool, Attempts attempts, Runnable fault) throws SQLException {
		open(pool, attempts);
		fault.run();
		attempts.made.set(0);
		pool.getHikariPoolMXBean().softEvictConnections();
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> attempts.made.get() == ATTEMPTS);
	}

	private static void open(HikariDataSource pool, Attempts attempts) throws SQLException {
		pool.setPoolName("sleeper");
		pool.setDataSource(attempts);
		pool.setMaximumPoolSize(1);
		pool.getConnection().close();
	}

	private static void assertIsValid(Connection taken) throws SQLException {
		try (Connection connection = taken) {
			assertThat(connection.isValid(1)).isTrue();
		}
	}

	/**
	 * A pool whose connections are waited for in vain before HikariCP has ended its
	 * pause.
	 */
	private static final class Impatient extends HikariDataSource {

		private final AtomicInteger refusals = new AtomicInteger();

		Impatient() {
			setConnectionTimeout(250);
		}

		@Override
		public Connection getConnection() throws SQLException {
			try {
				return super.getConnection();
			}
			catch (SQLException ex) {
				this.refusals.incrementAndGet();
				throw ex;
			}
		}

	}

	private static final class Attempts extends AbstractDataSource {

		private final PostgresServer server;

		private final AtomicInteger made = new AtomicInteger();

		private volatile CountDownLatch held = new CountDownLatch(0);

		private volatile boolean interrupted;

		private volatile boolean refused;

		Attempts(PostgresServer server) {
			this.server = server;
		}

		@Override
		public Connection getConnection() throws SQLException {
			this.made.incrementAndGet();
			try {
				this.held.await();
			}
			catch (InterruptedException ex) {
				this.interrupted = true;
				throw new SQLException("The login was interrupted", ex);
			}
			if (this.refused) {
				throw new SQLException("There is no room for one more");
			}
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
