package dev.tidemark.wal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import dev.tidemark.fault.TcpProxy;
import dev.tidemark.fault.TcpProxy.Direction;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link ReplicationMonitor}, {@link JdbcServerProbe} and {@link ServerSample}
 * on real servers, as a role without privileges.
 */
class ReplicationMonitorTests {

	private static final Duration INTERVAL = Duration.ofMillis(20);

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

	private static final String PASSWORD = "secret";

	private static ReplicatedPostgres postgres;

	private ReplicationMonitor monitor;

	@BeforeAll
	static void startServers() throws SQLException {
		postgres = ReplicatedPostgres.builder().replicas("a", "b").start();
		execute("CREATE TABLE note (id int)");
		execute("CREATE ROLE app LOGIN PASSWORD '" + PASSWORD + "'");
		postgres.awaitReplicated();
	}

	@AfterAll
	static void stopServers() {
		postgres.close();
	}

	@BeforeEach
	void startMonitor() {
		this.monitor = monitor(postgres.primary());
		await().until(() -> replica("a").state() == ReplicaState.REPLICATING
				&& replica("b").state() == ReplicaState.REPLICATING);
	}

	@AfterEach
	void restore() {
		this.monitor.close();
		for (PostgresReplica replica : postgres.replicas()) {
			replica.start();
			replica.thaw();
			replica.resumeReplay();
			replica.delayReplay(Duration.ZERO);
			replica.reconnectToPrimary();
		}
		postgres.awaitReplicated();
	}

	private static ReplicationMonitor monitor(PostgresServer primary) {
		return monitor(primary, INTERVAL);
	}

	private static ReplicationMonitor monitor(PostgresServer primary, Duration interval) {
		Map<String, ServerProbe> replicas = new LinkedHashMap<>();
		postgres.replicas().forEach((replica) -> replicas.put(replica.name(), probe(replica)));
		ReplicationMonitor monitor = new ReplicationMonitor(probe(primary), replicas, interval);
		monitor.start(PATIENCE);
		return monitor;
	}

	private static ServerProbe probe(PostgresServer server) {
		return probe(server, 1);
	}

	private static ServerProbe probe(PostgresServer server, int loginTimeout) {
		return probe(server.jdbcUrl(), loginTimeout, ANSWER_LIMIT);
	}

	private static ServerProbe probe(PostgresServer server, TcpProxy proxy) {
		return probe(server, proxy, ANSWER_LIMIT);
	}

	private static ServerProbe probe(PostgresServer server, TcpProxy proxy, Duration answerLimit) {
		return probe(server.jdbcUrl().replace(":" + server.port() + "/", ":" + proxy.port() + "/"), 1, answerLimit);
	}

	private static ServerProbe probe(String url, int loginTimeout, Duration answerLimit) {
		PGSimpleDataSource connections = new PGSimpleDataSource();
		connections.setUrl(url);
		connections.setUser("app");
		connections.setPassword(PASSWORD);
		connections.setConnectTimeout(1);
		connections.setLoginTimeout(loginTimeout);
		return new JdbcServerProbe(connections, answerLimit, Positions.WAL);
	}

	private static void execute(String sql) throws SQLException {
		try (Connection connection = postgres.primary().open(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static String ask(PostgresServer server, String expression) throws SQLException {
		try (Connection connection = server.open();
				Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("SELECT " + expression)) {
			row.next();
			return row.getString(1);
		}
	}

	private ReplicaStatus replica(String name) {
		return this.monitor.status().replica(name).orElseThrow();
	}

	private Duration lag(String name) {
		return replica(name).lag(System.nanoTime());
	}

	private WalPosition primaryPosition() {
		return this.monitor.primaryPosition().orTimeout(10, TimeUnit.SECONDS).join();
	}

	private void awaitReplayed(String name, WalPosition position) {
		await().until(() -> replica(name).hasReplayed(position));
	}

	@Test
	void lagIsTheDelayOfTheReplicaUnderSteadyWrites() throws Exception {
		postgres.replica("a").delayReplay(Duration.ofMillis(1500));
		AtomicBoolean stop = new AtomicBoolean();
		CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> writeUntil(stop));
		try {
			await().until(() -> lag("a").toMillis() > 1400);
			List<Duration> lagsOfA = new ArrayList<>();
			List<Duration> lagsOfB = new ArrayList<>();
			for (int i = 0; i < 51; i++) {
				long before = replica("a").sampledAt();
				await().until(() -> replica("a").sampledAt() != before);
				lagsOfA.add(lag("a"));
				lagsOfB.add(lag("b"));
			}
			// A server that is asked late, or answers late, is one that lags.
			assertThat(median(lagsOfA)).isBetween(Duration.ofMillis(1300), Duration.ofMillis(1700));
			assertThat(median(lagsOfB)).isLessThan(Duration.ofMillis(200));
			assertThat(this.monitor.status().lagBytes(replica("a"))).isPositive();
		}
		finally {
			stop.set(true);
			writer.join();
		}
	}

	private static Duration median(List<Duration> lags) {
		return lags.stream().sorted().toList().get(lags.size() / 2);
	}

	private static void writeUntil(AtomicBoolean stop) {
		try (Connection connection = postgres.primary().open(); Statement statement = connection.createStatement()) {
			while (!stop.get()) {
				statement.execute("INSERT INTO note VALUES (1)");
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	// Trap 7
	@Test
	void lagOnAnIdlePrimaryStaysNearZero() throws SQLException {
		execute("INSERT INTO note VALUES (1)");
		awaitReplayed("a", primaryPosition());
		await().during(Duration.ofMillis(1500)).atMost(PATIENCE).until(() -> lag("a").toMillis() < 200);
		assertThat(Double
			.parseDouble(ask(postgres.replica("a"), "extract(epoch FROM now() - pg_last_xact_replay_timestamp())")))
			.isGreaterThan(1);
	}

	// Trap 7
	@Test
	void lagOfADisconnectedReplicaGrowsOnceSomethingIsWritten() throws SQLException {
		postgres.replica("a").disconnectFromPrimary();
		execute("INSERT INTO note VALUES (1)");
		WalPosition written = primaryPosition();
		awaitReplayed("b", written);
		await().until(() -> lag("a").toMillis() > 1000);
		await().until(() -> lag("a").toMillis() > 2000);
		await().until(() -> lag("b").toMillis() < 500);
		assertThat(replica("a").state()).isEqualTo(ReplicaState.REPLICATING);
		assertThat(replica("a").hasReplayed(written)).isFalse();
		assertThat(ask(postgres.replica("a"), "pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn()")).isEqualTo("t");
		postgres.replica("a").reconnectToPrimary();
		awaitReplayed("a", written);
		await().until(() -> lag("a").toMillis() < 200);
	}

	@Test
	void pausedReplicaIsBehindWhatWasWrittenSince() throws SQLException {
		postgres.replica("a").pauseReplay();
		execute("INSERT INTO note VALUES (1)");
		WalPosition written = primaryPosition();
		awaitReplayed("b", written);
		assertThat(replica("a").hasReplayed(written)).isFalse();
		postgres.replica("a").resumeReplay();
		awaitReplayed("a", written);
	}

	// Trap 3
	@Test
	void idleReplicaReachesAPositionBehindAPageHeader() {
		await().atMost(Duration.ofMinutes(1)).until(() -> {
			String raw = positionBehindAPageHeader();
			awaitReplayed("a", new WalPosition(1, WalPosition.parseLsn(raw)));
			String behind = ask(postgres.replica("a"), "pg_last_wal_replay_lsn() < '" + raw + "'");
			// PostgreSQL writes something by itself now and then.
			boolean idle = ask(postgres.primary(), "pg_current_wal_insert_lsn() = '" + raw + "'").equals("t");
			return idle && behind.equals("t");
		});
	}

	private static String positionBehindAPageHeader() throws SQLException {
		@Nullable String captured = null;
		try (Connection connection = postgres.primary().open(); Statement statement = connection.createStatement()) {
			for (int i = 0; i < 20_000 && captured == null; i++) {
				captured = writeUpToPageHeader(statement);
			}
		}
		assertThat(captured).as("an insert position just behind a page header").isNotNull();
		return Objects.requireNonNull(captured);
	}

	/**
	 * Write a message that fills the page as exactly as it can be told in advance.
	 */
	private static @Nullable String writeUpToPageHeader(Statement statement) throws SQLException {
		try (ResultSet row = statement.executeQuery("""
				SELECT pg_logical_emit_message(false, 'x', repeat('x',
					greatest(0, 8192 - (pg_current_wal_insert_lsn() - '0/0')::bigint % 8192 - 60)::int))""")) {
			row.next();
		}
		try (ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
			row.next();
			String lsn = row.getString(1);
			return (WalPosition.parseLsn(lsn) % 8192 == 24) ? lsn : null;
		}
	}

	@Test
	void frozenReplicaGoesOutOfRotationAndBlindsNobody() throws SQLException {
		postgres.replica("a").freeze();
		await().until(() -> replica("a").state() == ReplicaState.UNREACHABLE);
		execute("INSERT INTO note VALUES (1)");
		awaitReplayed("b", primaryPosition());
		assertThat(replica("a").state()).isEqualTo(ReplicaState.UNREACHABLE);
		assertThat(replica("b").state()).isEqualTo(ReplicaState.REPLICATING);
		assertThat(this.monitor.status().primary().reachable()).isTrue();
		postgres.replica("a").thaw();
		await().until(() -> replica("a").state() == ReplicaState.REPLICATING);
	}

	@Test
	void stoppedReplicaIsBackOnceItAnswers() throws SQLException {
		postgres.replica("a").stop();
		await().until(() -> replica("a").state() == ReplicaState.UNREACHABLE);
		execute("INSERT INTO note VALUES (1)");
		WalPosition written = primaryPosition();
		await().until(() -> lag("a").toMillis() > 500);
		assertThat(replica("a").hasReplayed(written)).isFalse();
		postgres.replica("a").start();
		await().until(() -> replica("a").state() == ReplicaState.REPLICATING);
		awaitReplayed("a", written);
	}

	@Test
	void replicaThatIsLostAgainAndAgainDoesNotServeInBetween() {
		PostgresReplica server = postgres.replica("a");
		try (TcpProxy proxy = TcpProxy.to(server.host(), server.port());
				ReplicationMonitor flapping = new ReplicationMonitor(probe(postgres.primary()),
						Map.of("a", probe(server, proxy)), INTERVAL)) {
			flapping.start(PATIENCE);
			await().until(() -> state(flapping) == ReplicaState.REPLICATING);
			AtomicInteger cuts = new AtomicInteger();
			AtomicInteger served = new AtomicInteger();
			proxy.cut();
			await().pollInterval(Duration.ofMillis(1)).until(() -> state(flapping) != ReplicaState.REPLICATING);
			flapping.listen((status) -> {
				ReplicaState state = status.replicas().get(0).state();
				if (cuts.get() < 20 && state != ReplicaState.UNREACHABLE) {
					cuts.incrementAndGet();
					served.addAndGet((state == ReplicaState.REPLICATING) ? 1 : 0);
					proxy.cut();
				}
			});
			await().until(() -> cuts.get() == 20);
			assertThat(served).hasValue(0);
			await().until(() -> state(flapping) == ReplicaState.REPLICATING);
		}
	}

	private static ReplicaState state(ReplicationMonitor monitor) {
		return monitor.status().replicas().get(0).state();
	}

	// Trap 8
	@Test
	void replicaThatComesBackOlderIsKnownToBeOlder() throws SQLException {
		postgres.replica("a").kill();
		postgres.replica("a").start();
		postgres.replica("a").disconnectFromPrimary();
		await().until(() -> replica("a").state() == ReplicaState.REPLICATING);
		execute("INSERT INTO note VALUES (1)");
		long afterWrite = System.nanoTime();
		WalPosition written = primaryPosition();
		this.monitor.close();
		ServerSample real = sample(postgres.replica("a"));
		this.monitor.replicaAnswered("a", new ServerSample(real.requestedAt(), real.answeredAt(), true,
				real.systemIdentifier(), real.postmasterStart() - 1, written, null, false));
		assertThat(replica("a").hasReplayed(written)).isTrue();
		assertThat(replica("a").stalenessBound(afterWrite)).isZero();
		this.monitor.replicaAnswered("a", sample(postgres.replica("a")));
		assertThat(replica("a").hasReplayed(written)).isFalse();
		assertThat(replica("a").stalenessBound(afterWrite)).isPositive();
	}

	// Else it takes PostgreSQL up to 15 seconds on an idle primary.
	@Test
	void positionBehindAnOpenTransactionIsReached() throws SQLException {
		try (Connection open = postgres.primary().open()) {
			open.setAutoCommit(false);
			try (Statement statement = open.createStatement()) {
				statement.execute("INSERT INTO note VALUES (1)");
			}
			WalPosition position = primaryPosition();
			await().until(() -> replica("a").hasReplayed(position));
			open.rollback();
		}
	}

	@Test
	void replicaTellsTheAgeOfItsLastCommit() throws SQLException {
		execute("INSERT INTO note VALUES (1)");
		postgres.awaitReplicated();
		assertThat(sample(postgres.primary()).commitAge()).isNull();
		Duration age = sample(postgres.replica("a")).commitAge();
		assertThat(age).isPositive();
		assertThat(sample(postgres.replica("a")).commitAge()).isGreaterThan(age);
	}

	@Test
	void questionThatTheEndCutsOffIsNoFailure() {
		this.monitor.close();
		awaitEndOfThreads();
		ReplicationMonitor rare = monitor(postgres.primary(), Duration.ofHours(1));
		postgres.replica("a").freeze();
		rare.refresh("a", Duration.ofMillis(1));
		rare.close();
		awaitEndOfThreads();
		assertThat(rare.status().replicas()).extracting(ReplicaStatus::state).containsOnly(ReplicaState.REPLICATING);
	}

	@Test
	void connectionThatComesAfterTheEndIsClosed() {
		this.monitor.close();
		postgres.replica("a").freeze();
		Map<String, ServerProbe> replicas = Map.of("a", probe(postgres.replica("a"), 0));
		ReplicationMonitor late = new ReplicationMonitor(probe(postgres.primary()), replicas, INTERVAL);
		late.start(Duration.ofMillis(1));
		late.close();
		postgres.replica("a").thaw();
		awaitEndOfThreads();
		await().untilAsserted(
				() -> assertThat(ask(postgres.replica("a"), "count(*) FROM pg_stat_activity WHERE usename = 'app'"))
					.isEqualTo("0"));
	}

	private static void awaitEndOfThreads() {
		await().until(() -> Thread.getAllStackTraces()
			.keySet()
			.stream()
			.noneMatch((thread) -> thread.getName().startsWith("tidemark-sampler-")));
	}

	private static ServerSample sample(PostgresServer server) throws SQLException {
		try (Connection connection = server.open()) {
			return ServerSample.take(connection, Positions.WAL);
		}
	}

	@Test
	void stoppedPrimaryIsUnreachableAndReplicasStayInRotation() {
		postgres.primary().stop();
		try {
			await().until(() -> !this.monitor.status().primary().reachable());
			assertThat(this.monitor.primaryPosition()).failsWithin(PATIENCE);
			assertThat(replica("a").state()).isEqualTo(ReplicaState.REPLICATING);
			await().until(() -> replica("a").stalenessBound(System.nanoTime()).toMillis() > 500);
		}
		finally {
			postgres.primary().start();
		}
		await().until(() -> this.monitor.status().primary().reachable());
	}

	// Trap 10
	@Test
	void replicaAtThePrimarysAddressIsNoPrimary() {
		try (ReplicationMonitor misled = monitor(postgres.replica("a"))) {
			assertThat(misled.primaryPosition()).failsWithin(PATIENCE)
				.withThrowableOfType(ExecutionException.class)
				.withMessageContaining("the server at the primary's address is in recovery");
			assertThat(misled.status().primary())
				.isEqualTo(PrimaryStatus.UNKNOWN.unreachable(PrimaryProblem.IN_RECOVERY));
		}
	}

	// Traps 9 and 10
	@Test
	void promotedReplicaIsNoReplicaAndIsOnItsNewTimelineAtOnce() throws SQLException {
		try (ReplicatedPostgres other = ReplicatedPostgres.builder().replicas("c", "d").start()) {
			ServerProbe promoted = ownerProbe(other.replica("c"));
			try (ReplicationMonitor watching = new ReplicationMonitor(ownerProbe(other.primary()),
					Map.of("c", promoted), INTERVAL)) {
				watching.start(PATIENCE);
				await().until(() -> watching.status().replicas().get(0).state() == ReplicaState.REPLICATING);
				other.primary().kill();
				other.replica("c").promote();
				assertThat(sample(other.replica("c")).position()).extracting("timeline").isEqualTo(2);
				await().until(() -> watching.status().replicas().get(0).state() == ReplicaState.NOT_A_REPLICA);
			}
			try (ReplicationMonitor after = new ReplicationMonitor(ownerProbe(other.replica("c")),
					Map.of("d", ownerProbe(other.replica("d"))), INTERVAL)) {
				other.replica("d").follow(other.replica("c"));
				after.start(PATIENCE);
				assertThat(after.status().primary().timelineFloor()).extracting("timeline").isEqualTo(2);
				await().until(() -> after.status().replicas().get(0).hasStalenessBound());
				assertThat(after.status().replicas().get(0).position()).extracting("timeline").isEqualTo(2);
			}
		}
	}

	@Test
	void replicaOfAnotherClusterIsOutOfRotation() {
		try (ReplicatedPostgres other = ReplicatedPostgres.builder().replicas("c").start();
				ReplicationMonitor mixed = new ReplicationMonitor(probe(postgres.primary()),
						Map.of("c", ownerProbe(other.replica("c"))), INTERVAL)) {
			mixed.start(PATIENCE);
			await().until(() -> mixed.status().replicas().get(0).state() == ReplicaState.FOREIGN_CLUSTER);
		}
	}

	private static ServerProbe ownerProbe(PostgresServer server) {
		PGSimpleDataSource connections = new PGSimpleDataSource();
		connections.setUrl(server.jdbcUrl());
		connections.setUser(server.username());
		connections.setPassword(server.password());
		connections.setConnectTimeout(1);
		connections.setLoginTimeout(1);
		return new JdbcServerProbe(connections, Duration.ofMillis(500), Positions.WAL);
	}

	@Test
	void awaitAsksUntilTheConditionHolds() throws SQLException {
		postgres.replica("a").pauseReplay();
		execute("INSERT INTO note VALUES (1)");
		WalPosition written = primaryPosition();
		assertThat(
				this.monitor.await((status) -> status.replicas().get(0).hasReplayed(written), Duration.ofMillis(100)))
			.isFalse();
		postgres.replica("a").resumeReplay();
		assertThat(this.monitor.await((status) -> status.replicas().get(0).hasReplayed(written), PATIENCE)).isTrue();
	}

	@Test
	void awaitKeepsAnInterruption() {
		Thread.currentThread().interrupt();
		assertThat(this.monitor.await((status) -> false, PATIENCE)).isFalse();
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void refreshTellsWhatAReplicaHasReplayedWithoutWaitingForTheInterval() throws SQLException {
		Map<String, ServerProbe> probes = Map.of("a", probe(postgres.replica("a")));
		try (ReplicationMonitor slow = new ReplicationMonitor(probe(postgres.primary()), probes, Duration.ofHours(1))) {
			slow.start(PATIENCE);
			execute("INSERT INTO note VALUES (1)");
			WalPosition written = slow.primaryPosition().join();
			awaitReplayed("a", written);
			assertThat(slow.status().replicas().get(0).hasReplayed(written)).isFalse();
			slow.refresh("a", PATIENCE);
			assertThat(slow.status().replicas().get(0).hasReplayed(written)).isTrue();
		}
	}

	/**
	 * The answer to the first question is of the time before the write.
	 */
	@Test
	void refreshAnewDoesNotTakeTheAnswerToAnOlderQuestion() throws Exception {
		PostgresReplica server = postgres.replica("a");
		CountDownLatch answered = new CountDownLatch(1);
		CountDownLatch released = new CountDownLatch(1);
		try (TcpProxy proxy = TcpProxy.to(server.host(), server.port());
				ReplicationMonitor slow = new ReplicationMonitor(probe(postgres.primary()),
						Map.of("a", probe(server, proxy, PATIENCE)), Duration.ofHours(1))) {
			slow.start(PATIENCE);
			proxy.tap((connection, direction, bytes) -> {
				if (direction == Direction.TO_CLIENT) {
					answered.countDown();
					awaitQuietly(released);
				}
				return true;
			});
			CompletableFuture<Void> older = CompletableFuture.runAsync(() -> slow.refresh("a", PATIENCE));
			answered.await();
			execute("INSERT INTO note VALUES (1)");
			WalPosition written = primaryPosition();
			awaitReplayed("a", written);
			Thread newer = new Thread(() -> slow.refreshAllAnew(PATIENCE));
			newer.start();
			await().until(() -> newer.getState() == Thread.State.TIMED_WAITING);
			released.countDown();
			newer.join();
			older.join();
			assertThat(slow.status().replicas().get(0).hasReplayed(written)).isTrue();
		}
	}

	private static void awaitQuietly(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Test
	void replicaThatFailedElsewhereIsOutOfRotationUntilItAnswers() {
		Map<String, ServerProbe> probes = Map.of("a", probe(postgres.replica("a")));
		try (ReplicationMonitor slow = new ReplicationMonitor(probe(postgres.primary()), probes, Duration.ofHours(1))) {
			slow.start(PATIENCE);
			slow.replicaFailed("a", new SQLException("gone"));
			assertThat(slow.status().replicas().get(0).state()).isEqualTo(ReplicaState.UNREACHABLE);
			slow.refresh("a", PATIENCE);
			assertThat(slow.status().replicas().get(0).state()).isEqualTo(ReplicaState.REPLICATING);
		}
	}

	@Test
	void unknownNameIsRefusedWithTheKnownOnes() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.monitor.refresh("x", PATIENCE))
			.withMessage("there is no replica 'x'; the replicas are [a, b]");
	}

	@Test
	void whatIsKnownStaysAfterTheEnd() {
		this.monitor.close();
		assertThat(this.monitor.primaryPosition()).failsWithin(PATIENCE);
		assertThat(replica("a").position()).isNotNull();
	}

}
