package dev.tidemark.routing;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.fault.TcpProxy;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link PoolWaits}. The pool has one connection and waits for ten minutes, so
 * a wait that is not ended fails by the time limit.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PoolWaitsTests {

	private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(1);

	private static ReplicatedPostgres postgres;

	private final HikariDataSource pool = new HikariDataSource();

	private final PoolWaits waits = new PoolWaits();

	private final List<Taker> takers = new ArrayList<>();

	private TcpProxy proxy;

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
		PostgresServer server = postgres.primary();
		this.proxy = TcpProxy.to(server.host(), server.port());
		this.pool.setJdbcUrl("jdbc:postgresql://" + this.proxy.host() + ":" + this.proxy.port() + "/postgres");
		this.pool.setUsername(server.username());
		this.pool.setPassword(server.password());
		this.pool.setMaximumPoolSize(1);
		this.pool.setConnectionTimeout(600_000);
	}

	@AfterEach
	void stop() {
		this.proxy.heal();
		this.waits.close();
		this.pool.close();
		this.proxy.close();
		this.takers.forEach((taker) -> taker.asked = true);
	}

	@Test
	void waitIsEndedWithoutAnInterrupt() throws Exception {
		try (Connection used = this.pool.getConnection()) {
			Taker taker = new Taker();
			awaitWaiting();
			this.waits.end();
			assertThat(taker.taken.get()).isNull();
			assertThat(taker.isInterrupted()).isFalse();
			assertThat(used.isValid(1)).isTrue();
		}
		assertPoolIsWhole();
	}

	@Test
	void waitThatIsOfNoUseDoesNotBegin() throws SQLException {
		try (Connection used = this.pool.getConnection()) {
			assertThat(this.waits.take(this.pool, () -> false)).isNull();
			assertThat(used.isValid(1)).isTrue();
		}
		assertPoolIsWhole();
	}

	/**
	 * While the pool opens its first connection, or looks at one, an interrupt is of no
	 * effect.
	 */
	@Test
	void interruptThatComesWhenTheWaitIsEndedIsNotLost() throws Exception {
		this.proxy.silence();
		Taker taker = new Taker();
		Awaitility.await().until(() -> this.proxy.connections() == 1);
		this.waits.end();
		taker.thread.interrupt();
		this.proxy.heal();
		assertThat(taker.isInterrupted()).isTrue();
		assertPoolIsWhole();
	}

	@Test
	void interruptThatCameBeforeIsNotLost() throws Exception {
		this.proxy.silence();
		Taker taker = new Taker(() -> {
			Thread.currentThread().interrupt();
			return this.waits.take(this.pool, () -> true);
		});
		Awaitility.await().until(() -> taker.taken.isDone() || this.proxy.connections() == 1);
		this.waits.end();
		this.proxy.heal();
		assertThat(taker.isInterrupted()).isTrue();
	}

	@Test
	void interruptedThreadWaitsNoLonger() throws Exception {
		try (Connection used = this.pool.getConnection()) {
			Taker taker = new Taker();
			awaitWaiting();
			taker.thread.interrupt();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(taker.taken::get)
				.withMessageContaining("Interrupted during connection acquisition")
				.withCauseInstanceOf(SQLException.class);
			assertThat(taker.isInterrupted()).isTrue();
			assertThat(used.isValid(1)).isTrue();
		}
		assertPoolIsWhole();
	}

	@Test
	void connectionThatIsGivenBackGoesToWhoWaits() throws Exception {
		Connection used = this.pool.getConnection();
		Taker taker = new Taker();
		awaitWaiting();
		used.close();
		Connection taken = taker.taken.get();
		assertThat(taken).isNotNull();
		taken.close();
		assertPoolIsWhole();
	}

	@Test
	void poolGivesUpAsItDoesForOthers() throws SQLException {
		this.pool.setConnectionTimeout(1300);
		try (Connection used = this.pool.getConnection()) {
			assertThatExceptionOfType(SQLTransientConnectionException.class)
				.isThrownBy(() -> this.waits.take(this.pool, () -> true))
				.withMessageContaining("request timed out");
			assertThat(used.isValid(1)).isTrue();
		}
		assertPoolIsWhole();
	}

	/**
	 * A pool counts the time that its process stands still as waiting.
	 */
	@Test
	void waitGoesOnAfterTheProcessWasStopped() throws Exception {
		PostgresServer server = postgres.primary();
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
				PoolWaitsMain.class.getName(), server.jdbcUrl(), server.username(), server.password())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
			assertThat(output.lines().anyMatch("waiting"::equals)).isTrue();
			signal(process, "STOP");
			Awaitility.await().pollDelay(Duration.ofMillis(PoolWaitsMain.PATIENCE + 1000)).until(() -> true);
			signal(process, "CONT");
			assertThat(output.lines()).last().isEqualTo("taken");
		}
		finally {
			process.destroyForcibly();
		}
	}

	private static void signal(Process process, String name) throws Exception {
		new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
	}

	@Test
	void poolOfTheApplicationsOwnKindIsAskedOnTheThreadThatWantsAConnection() throws SQLException {
		List<Thread> askedOn = new ArrayList<>();
		try (HikariDataSource own = new HikariDataSource() {

			@Override
			public Connection getConnection() throws SQLException {
				askedOn.add(Thread.currentThread());
				return super.getConnection();
			}

		}) {
			this.pool.copyStateTo(own);
			for (int i = 0; i < 2; i++) {
				try (Connection connection = this.waits.take(own, () -> true)) {
					assertThat(connection).isNotNull();
				}
			}
		}
		assertThat(askedOn).containsExactly(Thread.currentThread(), Thread.currentThread());
	}

	@Test
	void closedPoolSaysSo() throws SQLException {
		this.pool.getConnection().close();
		this.pool.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.waits.take(this.pool, () -> true))
			.withMessageContaining("has been closed");
	}

	@Test
	void connectionsAreGivenAfterTheEnd() throws SQLException {
		this.waits.close();
		assertPoolIsWhole();
	}

	private void awaitWaiting() {
		Awaitility.await().until(() -> this.pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
	}

	private void assertPoolIsWhole() throws SQLException {
		try (Connection connection = this.waits.take(this.pool, () -> true)) {
			assertThat(connection != null && connection.isValid(1)).isTrue();
		}
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
	}

	/**
	 * A thread of the application that takes a connection, and lives on afterwards.
	 */
	private final class Taker {

		private final FutureTask<@Nullable Connection> taken;

		private final FutureTask<Boolean> interrupted = new FutureTask<>(Thread::interrupted);

		private final Thread thread;

		private volatile boolean asked;

		Taker() {
			this(() -> PoolWaitsTests.this.waits.take(PoolWaitsTests.this.pool, () -> true));
		}

		Taker(Callable<@Nullable Connection> take) {
			this.taken = new FutureTask<>(take);
			this.thread = new Thread(this::run, "taker");
			this.thread.setDaemon(true);
			this.thread.start();
			PoolWaitsTests.this.takers.add(this);
		}

		private void run() {
			this.taken.run();
			while (!this.asked) {
				// Leaves an interrupt as it is.
				LockSupport.parkNanos(PAUSE);
			}
			this.interrupted.run();
		}

		/**
		 * Return whether the thread was interrupted, and not told of it.
		 */
		boolean isInterrupted() throws Exception {
			this.asked = true;
			return this.interrupted.get();
		}

	}

}
