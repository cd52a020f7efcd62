package dev.tidemark.app;

import java.io.StringWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ConsistencySession;
import dev.tidemark.ConsistencyToken;
import dev.tidemark.ReadConsistency;
import dev.tidemark.fault.TcpProxy;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicationMonitor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.PreparedStatementCreatorFactory;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * MR: two instances, two replicas of which one lags by two seconds, and a number that
 * somebody else raises all the time. Nobody ever sees it fall.
 */
class MonotonicReadsTests {

	private static final int USERS = 8;

	private static final int FAILED = -1;

	private static final String SECRET = "tidemark.web.token.secret=the same on both instances of this test";

	private static Servers servers;

	/**
	 * In front of the first replica, for the second instance.
	 */
	private static TcpProxy proxy;

	private static List<ConfigurableApplicationContext> instances;

	@BeforeAll
	static void start() {
		servers = new Servers();
		PostgresReplica first = servers.postgres().replicas().get(0);
		proxy = TcpProxy.to(first.host(), first.port());
		instances = List.of(servers.start(Application.class, WebApplicationType.NONE, SECRET),
				servers.start(Application.class, WebApplicationType.NONE, SECRET, "tidemark.replicas." + first.name()
						+ ".url=" + first.jdbcUrl().replace(":" + first.port() + "/", ":" + proxy.port() + "/")));
		instances.get(0).getBean(JdbcTemplate.class).execute("CREATE TABLE counter (n int)");
		instances.get(0).getBean(JdbcTemplate.class).execute("INSERT INTO counter VALUES (0)");
		instances.get(0)
			.getBean(JdbcTemplate.class)
			.execute("CREATE TABLE once (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> allReadReplicas(users()));
	}

	@AfterAll
	static void stop() {
		instances.forEach(ConfigurableApplicationContext::close);
		proxy.close();
		servers.close();
	}

	@AfterEach
	void repair() {
		proxy.heal();
		servers.postgres().replicas().forEach((replica) -> {
			replica.resumeReplay();
			replica.delayReplay(Duration.ZERO);
		});
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> allReadReplicas(users()));
	}

	private static List<String> users() {
		return IntStream.range(0, USERS).mapToObj((number) -> "user" + number).toList();
	}

	private static boolean allReadReplicas(List<String> users) throws Exception {
		for (String user : users) {
			if (as(user, 0, Counter::inRecovery).equals(false) || as(user, 1, Counter::inRecovery).equals(false)) {
				return false;
			}
		}
		return true;
	}

	private static <T> T as(String user, int instance, Question<T> question) throws Exception {
		ConfigurableApplicationContext context = instances.get(instance);
		return context.getBean(ConsistencySession.class)
			.callAs(user, () -> question.ask(context.getBean(Counter.class)));
	}

	@Test
	void numberNeverFalls() throws Exception {
		servers.postgres().replicas().get(1).delayReplay(Duration.ofSeconds(2));
		assertThat(readWhileTheNumberIsRaised(300)).satisfies(Observed::areMonotonicAndOnReplicas);
	}

	// One instance has lost the replica on which the other goes on reading.
	@Test
	void instancesNeedNotAgreeOnTheReplicasInRotation() throws Exception {
		servers.postgres().replicas().get(1).delayReplay(Duration.ofMillis(300));
		proxy.refuse();
		proxy.cut();
		Awaitility.await()
			.until(() -> instances.get(1)
				.getBean(ReplicationMonitor.class)
				.status()
				.replicas()
				.get(0)
				.state() == ReplicaState.UNREACHABLE);
		Observed seenAtHomeIsLater = readWhileTheNumberIsRaised(100);
		servers.postgres().replicas().get(1).delayReplay(Duration.ZERO);
		servers.postgres().replicas().get(0).delayReplay(Duration.ofMillis(300));
		Observed seenElsewhereIsLater = readWhileTheNumberIsRaised(100);
		assertThat(seenAtHomeIsLater).satisfies(Observed::areMonotonicAndOnReplicas);
		assertThat(seenElsewhereIsLater).satisfies(Observed::areMonotonicAndOnReplicas);
	}

	// One instance has drained the replica on which the other goes on reading.
	@Test
	void oneInstanceMayDrainAReplica() throws Exception {
		ReplicationMonitor monitor = instances.get(1).getBean(ReplicationMonitor.class);
		String drained = servers.postgres().replicas().get(0).name();
		monitor.drain(drained, true);
		try {
			servers.postgres().replicas().get(1).delayReplay(Duration.ofMillis(300));
			Observed seenAtHomeIsLater = readWhileTheNumberIsRaised(100);
			servers.postgres().replicas().get(1).delayReplay(Duration.ZERO);
			servers.postgres().replicas().get(0).delayReplay(Duration.ofMillis(300));
			Observed seenElsewhereIsLater = readWhileTheNumberIsRaised(100);
			assertThat(seenAtHomeIsLater).satisfies(Observed::areMonotonicAndOnReplicas);
			assertThat(seenElsewhereIsLater).satisfies(Observed::areMonotonicAndOnReplicas);
		}
		finally {
			monitor.drain(drained, false);
		}
	}

	private static Observed readWhileTheNumberIsRaised(int rounds) throws Exception {
		AtomicBoolean running = new AtomicBoolean(true);
		AtomicInteger acknowledged = new AtomicInteger();
		Thread writer = new Thread(() -> {
			while (running.get()) {
				acknowledged.set(instances.get(0).getBean(Counter.class).raise());
			}
		});
		writer.start();
		List<String> falls = new ArrayList<>();
		int replicaReads = 0;
		int[] last = new int[USERS];
		try {
			for (int round = 0; round < rounds; round++) {
				for (int user = 0; user < USERS; user++) {
					String name = "user" + user;
					int instance = (round + user) % 2;
					if (round % 100 == 50) {
						last[user] = Math.max(last[user], as(name, instance, Counter::readPrimary));
					}
					int committed = acknowledged.get();
					int[] read = as(name, instance, Counter::readWithServer);
					replicaReads += read[1];
					if (read[0] < last[user] && !isEarlyCommit(read, committed)) {
						falls.add(name + " " + last[user] + " -> " + read[0]);
					}
					last[user] = Math.max(last[user], read[0]);
				}
			}
		}
		finally {
			running.set(false);
			writer.join();
		}
		return new Observed(falls, replicaReads);
	}

	/**
	 * Return whether a replica can have shown what the primary was about to commit, which
	 * PostgreSQL does: the primary shows all that was acknowledged.
	 */
	private static boolean isEarlyCommit(int[] read, int committed) {
		return read[1] == 0 && read[0] >= committed;
	}

	static Stream<Question<Integer>> readsOfThePrimary() {
		return Stream.of(Counter::readPrimary, (counter) -> counter.readPrimaryAnd(counter::commit));
	}

	@ParameterizedTest
	@MethodSource("readsOfThePrimary")
	void whatWasReadOnThePrimaryIsNotForgotten(Question<Integer> read) throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		instances.get(0).getBean(Counter.class).raise();
		String reader = "reader " + read.hashCode();
		int seen = as(reader, 0, read);
		assertThat(as(reader, 0, Counter::read)).isEqualTo(seen);
		assertThat(as(reader, 1, Counter::read)).isEqualTo(seen);
		assertThat(as("nobody else", 1, Counter::read)).isLessThan(seen);
	}

	static Stream<Question<Integer>> readsOutsideTransactions() {
		return Stream.of(Counter::readOutsideTransaction, Counter::readWithUpdatableResultOutsideTransaction,
				Counter::readBehindBegin);
	}

	@ParameterizedTest
	@MethodSource("readsOutsideTransactions")
	void whatWasReadOnThePrimaryOutsideTransactionsIsNotForgotten(Question<Integer> read) throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		instances.get(0).getBean(Counter.class).raise();
		String reader = "watcher " + read.hashCode();
		int[] seen = as(reader, 0, (counter) -> new int[] { read.ask(counter), counter.read() });
		assertThat(seen[1]).isEqualTo(seen[0]);
		assertThat(as(reader, 1, Counter::read)).isEqualTo(seen[0]);
		int watched = as("another " + reader, 0, read);
		assertThat(as("another " + reader, 1, Counter::read)).isEqualTo(watched);
		assertThat(as("nobody else", 1, Counter::read)).isLessThan(seen[0]);
	}

	@Test
	void whatWasReadOnThePrimaryOutsideTransactionsIsNotForgottenInASessionInside() throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		instances.get(0).getBean(Counter.class).raise();
		int[] seen = as("outside", 0,
				(counter) -> new int[] { counter.readOutsideTransaction(), as("outside", 0, Counter::read) });
		assertThat(seen[1]).isEqualTo(seen[0]);
		assertThat(as("nobody else", 1, Counter::read)).isLessThan(seen[0]);
	}

	@Test
	void whatWasReadOnThePrimaryOutsideTransactionsIsInTheToken() throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		instances.get(0).getBean(Counter.class).raise();
		ConsistencySession sessions = instances.get(0).getBean(ConsistencySession.class);
		int seen;
		ConsistencyToken token;
		try (ConsistencySession.Resumed visit = sessions.resume(ConsistencyToken.parse(""))) {
			seen = instances.get(0).getBean(Counter.class).readOutsideTransaction();
			token = sessions.token();
		}
		try (ConsistencySession.Resumed visit = instances.get(1).getBean(ConsistencySession.class).resume(token)) {
			assertThat(instances.get(1).getBean(Counter.class).read()).isEqualTo(seen);
		}
		assertThat(as("nobody else", 1, Counter::read)).isLessThan(seen);
	}

	static Stream<Consumer<Counter>> failures() {
		return Stream.of((counter) -> {
			throw new IllegalStateException("for the test");
		}, Counter::failAtCommit, Counter::abort);
	}

	@ParameterizedTest
	@MethodSource("failures")
	void whatWasReadByATransactionThatIsRolledBackIsNotForgotten(Consumer<Counter> failure) throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		instances.get(0).getBean(Counter.class).raise();
		String victim = "victim " + failure.hashCode();
		int[] seen = new int[1];
		Throwable thrown = catchThrowable(() -> as(victim, 0, (counter) -> counter.readReadWriteAnd((number) -> {
			seen[0] = number;
			failure.accept(counter);
		})));
		assertThat(as(victim, 1, Counter::read)).as("after %s", thrown).isEqualTo(seen[0]).isPositive();
		assertThat(as("nobody else", 1, Counter::read)).isLessThan(seen[0]);
	}

	static Stream<SqlEnd> ends() {
		return Stream.of(Connection::commit, Connection::rollback, Connection::close);
	}

	/**
	 * Behind a commit, what runs on the driver's own connection begins a transaction
	 * there.
	 */
	@ParameterizedTest
	@MethodSource("ends")
	void whatWasReadInATransactionOfTheDriversOwnIsNotForgotten(SqlEnd end) throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		String reader = "copier " + end.hashCode();
		int seen = as(reader, 0, (counter) -> counter.readByCopyAnd(end));
		assertThat(as(reader, 1, Counter::read)).isEqualTo(seen).isPositive();
		assertThat(as("nobody else", 1, Counter::read)).isLessThan(seen);
	}

	@Test
	void whatWasSeenAtHomeIsNotForgottenWhenTheHomeIsLost() throws Exception {
		PostgresReplica fresh = servers.postgres().replicas().get(0);
		servers.postgres().replicas().get(1).pauseReplay();
		instances.get(0).getBean(Counter.class).raise();
		int raised = instances.get(0).getBean(Counter.class).readPrimary();
		List<String> seers = new ArrayList<>();
		Awaitility.await().until(() -> {
			seers.clear();
			for (String user : users()) {
				if (as(user, 0, Counter::read) == raised) {
					seers.add(user);
				}
			}
			return !seers.isEmpty();
		});
		fresh.stop();
		try {
			for (int round = 0; round < 20; round++) {
				for (String user : seers) {
					assertThat(readOrFail(user, round % 2)).isIn(raised, FAILED);
				}
			}
		}
		finally {
			fresh.start();
		}
	}

	static Stream<Question<int[]>> reads() {
		return Stream.of(Counter::readWithServer, Counter::readWithServerOutsideTransaction,
				MonotonicReadsTests::readInTransactionThatIsLost, (counter) -> {
					int[] seen = new int[3];
					counter.readWithProcess(seen, counter::commit);
					return Arrays.copyOf(seen, 2);
				});
	}

	private static int[] readInTransactionThatIsLost(Counter counter) {
		int[] seen = new int[3];
		assertThatException().isThrownBy(() -> counter.readWithProcess(seen, () -> {
			servers.postgres().replicas().forEach((replica) -> end(replica, seen[2]));
			throw new IllegalStateException("for the test");
		}));
		return Arrays.copyOf(seen, 2);
	}

	private static void end(PostgresServer server, int process) {
		try (Connection connection = server.open(); Statement statement = connection.createStatement()) {
			statement.execute("SELECT pg_terminate_backend(" + process + ", 5000)");
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@ParameterizedTest
	@MethodSource("reads")
	void whatWasReadAwayFromHomeIsNotForgotten(Question<int[]> read) throws Exception {
		try (ConfigurableApplicationContext instance = servers.start(Application.class, WebApplicationType.NONE,
				"tidemark.routing.autocommit-reads=replica")) {
			Counter counter = instance.getBean(Counter.class);
			ConsistencySession sessions = instance.getBean(ConsistencySession.class);
			ReplicationMonitor monitor = instance.getBean(ReplicationMonitor.class);
			PostgresReplica home = servers.postgres().replicas().get(0);
			List<String> neighbours = new ArrayList<>();
			Awaitility.await().until(() -> {
				for (int n = 0; n < 40 && neighbours.size() < 10; n++) {
					String user = "neighbour" + n;
					if (sessions.callAs(user, counter::port) == home.port() && !neighbours.contains(user)) {
						neighbours.add(user);
					}
				}
				return neighbours.size() == 10;
			});
			home.pauseReplay();
			int raised = counter.raise();
			servers.postgres().awaitReplicated();
			monitor.drain(home.name(), true);
			// The primary may have written something meanwhile, and serves then.
			String traveller = null;
			for (String user : neighbours.subList(1, 10)) {
				if (traveller == null
						&& Arrays.equals(sessions.callAs(user, () -> read.ask(counter)), new int[] { raised, 1 })) {
					traveller = user;
				}
			}
			assertThat(traveller).isNotNull();
			monitor.drain(home.name(), false);
			Awaitility.await().until(() -> sessions.callAs(neighbours.get(0), counter::port) == home.port());
			assertThat(sessions.callAs(traveller, counter::read)).isEqualTo(raised);
		}
	}

	/**
	 * A read fails on a replica that is lost before the monitor notices.
	 */
	private static int readOrFail(String user, int instance) throws Exception {
		try {
			return as(user, instance, Counter::read);
		}
		catch (DataAccessException | TransactionException ex) {
			return FAILED;
		}
	}

	/**
	 * What the users saw.
	 */
	private record Observed(List<String> falls, int replicaReads) {

		void areMonotonicAndOnReplicas() {
			assertThat(this.falls).isEmpty();
			assertThat(this.replicaReads).isPositive();
		}

	}

	@FunctionalInterface
	private interface Question<T> {

		T ask(Counter counter) throws Exception;

	}

	@FunctionalInterface
	private interface SqlEnd {

		void of(Connection connection) throws SQLException;

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Counter counter(JdbcTemplate jdbc) {
			return new Counter(jdbc);
		}

	}

	static class Counter {

		private final JdbcTemplate jdbc;

		Counter(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
		}

		@Transactional
		public int raise() {
			return this.jdbc.queryForObject("UPDATE counter SET n = n + 1 RETURNING n", Integer.class);
		}

		@Transactional(readOnly = true)
		public int read() {
			return this.jdbc.queryForObject("SELECT n FROM counter", Integer.class);
		}

		@Transactional(readOnly = true)
		public int[] readWithServer() {
			return this.jdbc.queryForObject("SELECT n, pg_is_in_recovery() FROM counter",
					(row, number) -> new int[] { row.getInt(1), row.getBoolean(2) ? 1 : 0 });
		}

		@Transactional(readOnly = true)
		@ReadConsistency(level = ConsistencyLevel.PRIMARY)
		public int readPrimary() {
			return this.jdbc.queryForObject("SELECT n FROM counter", Integer.class);
		}

		@Transactional
		public int readReadWriteAnd(IntConsumer then) {
			int number = this.jdbc.queryForObject("SELECT n FROM counter", Integer.class);
			then.accept(number);
			return number;
		}

		public void failAtCommit() {
			this.jdbc.execute("INSERT INTO once VALUES (1), (1)");
		}

		public void abort() {
			try {
				this.jdbc.execute("SELECT 1 / 0");
			}
			catch (DataAccessException ex) {
				// The server rolls back what is committed then, and the driver is silent.
			}
		}

		@Transactional(readOnly = true)
		public void readWithProcess(int[] seen, Runnable then) {
			this.jdbc.query("SELECT n, pg_is_in_recovery(), pg_backend_pid() FROM counter", (row) -> {
				seen[0] = row.getInt(1);
				seen[1] = row.getBoolean(2) ? 1 : 0;
				seen[2] = row.getInt(3);
			});
			then.run();
		}

		@Transactional(readOnly = true)
		@ReadConsistency(level = ConsistencyLevel.PRIMARY)
		public int readPrimaryAnd(Runnable then) {
			int number = this.jdbc.queryForObject("SELECT n FROM counter", Integer.class);
			then.run();
			return number;
		}

		public int readByCopyAnd(SqlEnd end) throws Exception {
			try (Connection connection = this.jdbc.getDataSource().getConnection()) {
				connection.setAutoCommit(false);
				CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
				connection.commit();
				CompletableFuture.runAsync(this::raise).join();
				StringWriter rows = new StringWriter();
				copy.copyOut("COPY counter TO STDOUT", rows);
				end.of(connection);
				return Integer.parseInt(rows.toString().strip());
			}
		}

		public void commit() {
			this.jdbc.execute("COMMIT");
		}

		public int[] readWithServerOutsideTransaction() {
			return readWithServer();
		}

		@Transactional(readOnly = true)
		public int port() {
			return this.jdbc.queryForObject("SELECT inet_server_port()", Integer.class);
		}

		public int readOutsideTransaction() {
			return this.jdbc.queryForObject("SELECT n FROM counter", Integer.class);
		}

		public int readBehindBegin() throws SQLException {
			try (Connection connection = this.jdbc.getDataSource().getConnection();
					Statement statement = connection.createStatement()) {
				statement.execute("BEGIN");
				ResultSet row = statement.executeQuery("SELECT n FROM counter");
				row.next();
				return row.getInt(1);
			}
		}

		public int readWithUpdatableResultOutsideTransaction() {
			PreparedStatementCreatorFactory query = new PreparedStatementCreatorFactory("SELECT n FROM counter");
			query.setUpdatableResults(true);
			return this.jdbc.query(query.newPreparedStatementCreator(List.of()), (row, number) -> row.getInt(1)).get(0);
		}

		@Transactional(readOnly = true)
		public boolean inRecovery() {
			return this.jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class);
		}

	}

}
