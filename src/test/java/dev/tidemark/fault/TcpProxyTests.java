package dev.tidemark.fault;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.tidemark.fault.TcpProxy.Direction;
import dev.tidemark.fault.TcpProxy.Tap;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGProperty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The faults of {@link TcpProxy}, as PostgreSQL and its driver see them.
 */
class TcpProxyTests {

	private static ReplicatedPostgres postgres;

	private static PostgresServer server;

	private TcpProxy proxy;

	@BeforeAll
	static void startServer() {
		postgres = ReplicatedPostgres.builder().replicas().start();
		server = postgres.primary();
	}

	@AfterAll
	static void stopServer() {
		postgres.close();
	}

	@BeforeEach
	void startProxy() {
		this.proxy = TcpProxy.to(server.host(), server.port());
	}

	@AfterEach
	void stopProxy() {
		this.proxy.close();
	}

	@Test
	void passesEverything() throws SQLException {
		try (Connection connection = connect()) {
			String large = "x".repeat(1_000_000);
			assertThat(ask(connection, "SELECT '" + large + "'")).isEqualTo(large);
			assertThat(this.proxy.connections()).isOne();
		}
		Awaitility.await().until(() -> this.proxy.connections() == 0);
	}

	@Test
	void cutsConnectionsOnBothSides() throws SQLException {
		try (Connection connection = connect()) {
			String pid = ask(connection, "SELECT pg_backend_pid()");
			this.proxy.cut();
			assertThat(this.proxy.connections()).isZero();
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> ask(connection, "SELECT 1"))
				.satisfies((ex) -> assertThat(ex.getSQLState()).startsWith("08"));
			Awaitility.await().until(() -> isGone(pid));
		}
		try (Connection connection = connect()) {
			assertThat(ask(connection, "SELECT 1")).isEqualTo("1");
		}
	}

	/**
	 * Who loses one connection must not get an answer on another one.
	 */
	@Test
	void cutsAllConnectionsBeforeAnyIsNoticed() throws Exception {
		try (ServerSocket echo = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
				TcpProxy toEcho = TcpProxy.to("127.0.0.1", echo.getLocalPort())) {
			List<Socket> clients = new ArrayList<>();
			for (int i = 0; i < 100; i++) {
				clients.add(new Socket(toEcho.host(), toEcho.port()));
				Socket accepted = echo.accept();
				new Thread(() -> orEnd(() -> (int) accepted.getInputStream().transferTo(accepted.getOutputStream())))
					.start();
			}
			List<CompletableFuture<Integer>> answers = new ArrayList<>();
			for (int i = 0; i < clients.size(); i += 2) {
				Socket lost = clients.get(i);
				Socket other = clients.get(i + 1);
				answers.add(CompletableFuture.supplyAsync(() -> {
					orEnd(() -> lost.getInputStream().read());
					return orEnd(() -> ask(other));
				}, (task) -> new Thread(task).start()));
			}
			toEcho.cut();
			assertThat(answers).extracting(CompletableFuture::join).containsOnly(-1);
		}
	}

	private static int ask(Socket socket) throws IOException {
		socket.getOutputStream().write(1);
		return socket.getInputStream().read();
	}

	private static int orEnd(Callable<Integer> task) {
		try {
			return task.call();
		}
		catch (Exception ex) {
			return -1;
		}
	}

	@Test
	void refusesNewConnectionsOnly() throws SQLException {
		try (Connection before = connect()) {
			this.proxy.refuse();
			assertThatExceptionOfType(SQLException.class).isThrownBy(this::connect)
				.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("08001"));
			assertThat(ask(before, "SELECT 1")).isEqualTo("1");
			this.proxy.heal();
			connect().close();
		}
	}

	@Test
	void silentProxyHoldsRequestsBack() throws Exception {
		try (Connection connection = connect(); Connection direct = server.open()) {
			ask(connection, "SELECT 1");
			this.proxy.silence();
			CompletableFuture<String> answer = CompletableFuture
				.supplyAsync(() -> quietly(() -> ask(connection, "SELECT 'asked'")));
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> connect(1))
				.satisfies((ex) -> assertThat(ex.getSQLState()).startsWith("08"));
			assertThat(ask(direct, "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT ''asked'''"))
				.isEqualTo("0");
			assertThat(answer).isNotDone();
			this.proxy.heal();
			assertThat(answer.join()).isEqualTo("asked");
		}
	}

	@Test
	void silenceInOneDirectionHoldsAnswersBack() throws Exception {
		try (Connection connection = connect(); Connection direct = server.open()) {
			ask(connection, "SELECT 1");
			this.proxy.silence(Direction.TO_CLIENT);
			CompletableFuture<String> answer = CompletableFuture
				.supplyAsync(() -> quietly(() -> ask(connection, "SELECT 'answered'")));
			Awaitility.await()
				.until(() -> ask(direct,
						"SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT ''answered''' AND state = 'idle'")
					.equals("1"));
			assertThat(answer).isNotDone();
			this.proxy.heal();
			assertThat(answer.join()).isEqualTo("answered");
		}
	}

	@Test
	void delays() throws SQLException {
		try (Connection connection = connect()) {
			this.proxy.delay(Direction.TO_CLIENT, Duration.ofMillis(200));
			long start = System.nanoTime();
			ask(connection, "SELECT 1");
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
		}
	}

	@Test
	void throttles() throws SQLException {
		try (Connection connection = connect()) {
			this.proxy.throttle(Direction.TO_CLIENT, 500_000);
			long start = System.nanoTime();
			ask(connection, "SELECT repeat('x', 100000)");
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
		}
	}

	@Test
	void cutsBeforeTheServerIsAsked() throws SQLException {
		try (Connection connection = connect(); Connection direct = server.open()) {
			ask(connection, "SELECT 1");
			this.proxy.tap(Tap.cutAt(Direction.TO_SERVER, "CREATE TABLE"));
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> run(connection, "CREATE TABLE never (n int)"));
			assertThat(ask(direct, "SELECT to_regclass('never')::text")).isNull();
		}
	}

	@Test
	void cutsBeforeTheClientIsAnswered() throws SQLException {
		try (Connection connection = connect(); Connection direct = server.open()) {
			ask(connection, "SELECT 1");
			this.proxy.tap(Tap.cutAt(Direction.TO_CLIENT, "CREATE TABLE"));
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> run(connection, "CREATE TABLE created (n int)"));
			assertThat(ask(direct, "SELECT to_regclass('created')::text")).isEqualTo("created");
		}
	}

	@Test
	void showsWhatPasses() throws SQLException {
		List<Direction> seen = new CopyOnWriteArrayList<>();
		try (Connection connection = connect()) {
			this.proxy.tap((number, direction, bytes) -> seen.add(direction));
			ask(connection, "SELECT 1");
			assertThat(seen).containsExactly(Direction.TO_SERVER, Direction.TO_CLIENT);
		}
	}

	@Test
	void closedProxyIsGone() throws SQLException {
		try (Connection connection = connect()) {
			this.proxy.close();
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> ask(connection, "SELECT 1"));
			assertThatExceptionOfType(SQLException.class).isThrownBy(this::connect);
			this.proxy.heal();
			assertThatExceptionOfType(SQLException.class).isThrownBy(this::connect);
		}
	}

	private Connection connect() throws SQLException {
		return connect(0);
	}

	private Connection connect(int timeoutSeconds) throws SQLException {
		Properties properties = new Properties();
		PGProperty.USER.set(properties, server.username());
		PGProperty.PASSWORD.set(properties, server.password());
		PGProperty.LOGIN_TIMEOUT.set(properties, timeoutSeconds);
		return DriverManager.getConnection(
				"jdbc:postgresql://" + this.proxy.host() + ":" + this.proxy.port() + "/" + server.database(),
				properties);
	}

	private static boolean isGone(String pid) throws SQLException {
		try (Connection direct = server.open()) {
			return ask(direct, "SELECT count(*) FROM pg_stat_activity WHERE pid = " + pid).equals("0");
		}
	}

	private static String ask(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
			row.next();
			return row.getString(1);
		}
	}

	private static void run(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static String quietly(Question question) {
		try {
			return question.ask();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private interface Question {

		String ask() throws SQLException;

	}

}
