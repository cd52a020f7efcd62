package dev.tidemark.test;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for what can be done to the servers of a {@link ReplicatedPostgres} and undone
 * again, told by the servers.
 */
class ReplicatedPostgresTests {

	private static final ReplicatedPostgres postgres = ReplicatedPostgres.builder()
		.setting("log_statement", "all")
		.start();

	private final PostgresServer primary = postgres.primary();

	private final PostgresReplica replica1 = postgres.replica("replica1");

	private final PostgresReplica replica2 = postgres.replica("replica2");

	@AfterAll
	static void close() {
		postgres.close();
	}

	@BeforeEach
	void createTable() {
		execute(this.primary, "create table note (id int primary key)");
		postgres.awaitReplicated();
	}

	@AfterEach
	void restore() {
		this.primary.start();
		for (PostgresReplica replica : postgres.replicas()) {
			replica.start();
			replica.thaw();
			replica.delayReplay(Duration.ZERO);
			replica.resumeReplay();
			replica.reconnectToPrimary();
		}
		execute(this.primary, "drop table note");
		postgres.awaitReplicated();
	}

	@Test
	void primaryHasTwoStreamingReplicas() {
		assertThat(ask(this.primary, "select pg_is_in_recovery()")).isEqualTo("f");
		assertThat(ask(this.replica1, "select pg_is_in_recovery()")).isEqualTo("t");
		assertThat(ask(this.replica2, "select pg_is_in_recovery()")).isEqualTo("t");
		assertThat(streamingReplicas()).isEqualTo("replica1, replica2");
	}

	@Test
	void serversAreConfiguredAsInProductionButForTheDisk() {
		assertThat(ask(this.primary, "show synchronous_commit")).isEqualTo("on");
		assertThat(ask(this.primary, "show max_connections")).isEqualTo("200");
		assertThat(ask(this.replica1, "show max_connections")).isEqualTo("200");
		assertThat(ask(this.primary, "show listen_addresses")).isEqualTo("127.0.0.1");
		assertThat(ask(this.primary, "show log_statement")).isEqualTo("all");
		assertThat(ask(this.replica1, "show log_statement")).isEqualTo("all");
	}

	@Test
	void openConnectsAsSuperuser() throws SQLException {
		try (Connection connection = this.replica1.open()) {
			assertThat(connection.getMetaData().getURL()).isEqualTo(this.replica1.jdbcUrl());
			assertThat(connection.getMetaData().getUserName()).isEqualTo(this.replica1.username());
		}
		assertThat(ask(this.replica1, "show is_superuser")).isEqualTo("on");
	}

	@Test
	void unknownReplicaIsToldWithTheKnownOnes() {
		assertThatIllegalArgumentException().isThrownBy(() -> postgres.replica("replica3"))
			.withMessage("There is no replica 'replica3', only [replica1, replica2]");
	}

	@Test
	void awaitReplicatedReturnsWhenEveryReplicaHasReplayedWhatWasCommitted() {
		for (int id = 0; id < 100; id++) {
			insert(id);
			postgres.awaitReplicated();
			assertThat(notes(this.replica1)).isEqualTo(id + 1);
			assertThat(notes(this.replica2)).isEqualTo(id + 1);
		}
	}

	@Test
	void awaitReplicatedIncludesAsynchronousCommits() {
		for (int id = 0; id < 100; id++) {
			execute(this.primary, "set synchronous_commit to off; insert into note values (" + id + ")");
			postgres.awaitReplicated();
			assertThat(notes(this.replica1)).isEqualTo(id + 1);
		}
	}

	@Test
	void awaitReplicatedDoesNotWaitForAnOpenTransaction() throws SQLException {
		try (Connection connection = this.primary.open(); Statement statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			statement.execute("insert into note values (1)");
			postgres.awaitReplicated();
			assertThat(notes(this.replica1)).isZero();
			connection.rollback();
		}
	}

	@Test
	void pausedReplicaReceivesAndDoesNotReplay() {
		this.replica1.pauseReplay();
		insert(1);
		postgres.awaitReplicated();
		assertThat(ask(this.replica1, "select pg_get_wal_replay_pause_state()")).isEqualTo("paused");
		assertThat(notes(this.replica1)).isZero();
		assertThat(notes(this.replica2)).isOne();
		awaitTrue(this.replica1, "pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()");
		this.replica1.resumeReplay();
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void delayedReplicaReplaysCommitsLater() {
		this.replica1.delayReplay(Duration.ofHours(1));
		insert(1);
		postgres.awaitReplicated();
		assertThat(ask(this.replica1, "show recovery_min_apply_delay")).isEqualTo("1h");
		awaitReplayIn("RecoveryApplyDelay");
		assertThat(notes(this.replica1)).isZero();
		assertThat(notes(this.replica2)).isOne();
		this.replica1.delayReplay(Duration.ofMillis(1));
		awaitTrue(this.replica1, "(select count(*) from note) = 1");
		this.replica1.delayReplay(Duration.ZERO);
		insert(2);
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isEqualTo(2);
	}

	@Test
	void delayedReplicaCanBePausedAndKeepsItsStateWhenTheDelayEnds() {
		this.replica1.delayReplay(Duration.ofHours(1));
		insert(1);
		awaitReplayIn("RecoveryApplyDelay");
		this.replica1.pauseReplay();
		this.replica1.delayReplay(Duration.ZERO);
		awaitReplayIn("RecoveryPause");
		assertThat(notes(this.replica1)).isZero();
		this.replica1.resumeReplay();
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void delaySurvivesRestartAndPauseDoesNot() {
		this.replica1.delayReplay(Duration.ofHours(1));
		this.replica2.pauseReplay();
		this.replica1.restart();
		this.replica2.restart();
		assertThat(ask(this.replica1, "show recovery_min_apply_delay")).isEqualTo("1h");
		assertThat(ask(this.replica2, "select pg_get_wal_replay_pause_state()")).isEqualTo("not paused");
	}

	@Test
	void delayIsNotNegative() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.replica1.delayReplay(Duration.ofMillis(-1)))
			.withMessageContaining("negative");
	}

	@Test
	void disconnectedReplicaReceivesNothingUntilItIsReconnected() {
		this.replica1.disconnectFromPrimary();
		assertThat(receivers(this.replica1)).isZero();
		insert(1);
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isZero();
		assertThat(notes(this.replica2)).isOne();
		assertThat(receivers(this.replica1)).isZero();
		awaitTrue(this.primary, "(select count(*) from pg_stat_replication) = 1");
		this.replica1.reconnectToPrimary();
		assertThat(receivers(this.replica1)).isOne();
		assertThat(streamingReplicas()).isEqualTo("replica1, replica2");
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void disconnectionSurvivesRestart() {
		this.replica1.disconnectFromPrimary();
		this.replica1.restart();
		insert(1);
		postgres.awaitReplicated();
		assertThat(receivers(this.replica1)).isZero();
		assertThat(notes(this.replica1)).isZero();
	}

	@Test
	void pausedReplicaCanBeDisconnectedAndReconnected() {
		this.replica1.pauseReplay();
		this.replica1.disconnectFromPrimary();
		assertThat(receivers(this.replica1)).isZero();
		insert(1);
		this.replica1.reconnectToPrimary();
		this.replica1.resumeReplay();
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void delayedReplicaCanBeDisconnectedAndReconnected() {
		this.replica1.delayReplay(Duration.ofHours(1));
		insert(1);
		awaitReplayIn("RecoveryApplyDelay");
		this.replica1.disconnectFromPrimary();
		assertThat(receivers(this.replica1)).isZero();
		this.replica1.reconnectToPrimary();
		this.replica1.delayReplay(Duration.ZERO);
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void stoppedReplicaComesBackOnItsPortAndCatchesUp() {
		int port = this.replica1.port();
		this.replica1.stop();
		this.replica1.stop();
		assertThat(this.replica1.isRunning()).isFalse();
		assertThatIllegalStateException().isThrownBy(this.replica1::pauseReplay)
			.withMessage("replica1 does not run: start() it first");
		insert(1);
		postgres.awaitReplicated();
		this.replica1.start();
		this.replica1.start();
		assertThat(this.replica1.isRunning()).isTrue();
		assertThat(this.replica1.port()).isEqualTo(port);
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void replicasServeWhileThePrimaryIsStoppedAndFollowItAgain() {
		insert(1);
		postgres.awaitReplicated();
		this.primary.stop();
		assertThat(notes(this.replica1)).isOne();
		assertThatIllegalStateException().isThrownBy(postgres::awaitReplicated)
			.withMessage("primary does not run: start() it first");
		this.primary.start();
		insert(2);
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isEqualTo(2);
	}

	@Test
	void killedPrimaryRecoversWhatWasCommitted() {
		insert(1);
		List<ProcessHandle> processes = postmasterOf(this.primary).children().toList();
		this.primary.kill();
		this.primary.kill();
		assertThat(this.primary.isRunning()).isFalse();
		assertThat(processes).isNotEmpty().noneMatch(Signals::isPresent);
		this.primary.start();
		assertThat(this.primary.logFile()).content().contains("database system was not properly shut down");
		assertThat(notes(this.primary)).isOne();
		insert(2);
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isEqualTo(2);
	}

	@Test
	void killedReplicaComesBack() {
		this.replica1.kill();
		assertThat(this.replica1.isRunning()).isFalse();
		insert(1);
		this.replica1.start();
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void frozenReplicaAcceptsConnectionsAndDoesNotAnswer() throws Exception {
		this.replica1.freeze();
		assertThat(this.replica1.isRunning()).isTrue();
		CompletableFuture<Integer> answer = CompletableFuture.supplyAsync(() -> notes(this.replica1));
		insert(1);
		postgres.awaitReplicated();
		assertThat(notes(this.replica2)).isOne();
		assertThat(answer).isNotDone();
		assertThatIllegalStateException().isThrownBy(this.replica1::pauseReplay)
			.withMessage("replica1 is frozen: thaw() it first");
		this.replica1.thaw();
		assertThat(answer.get(30, TimeUnit.SECONDS)).isBetween(0, 1);
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void allProcessesOfAFrozenServerAreSuspended() {
		ProcessHandle postmaster = postmasterOf(this.replica1);
		this.replica1.freeze();
		// A child may be about to end, and stays as an entry that its parent cannot
		// collect.
		Awaitility.await()
			.until(() -> postmaster.children().filter(Signals::isPresent).allMatch(ProcessState::isSuspended));
		List<ProcessHandle> children = postmaster.children().filter(Signals::isPresent).toList();
		assertThat(ProcessState.isSuspended(postmaster)).isTrue();
		assertThat(children).hasSizeGreaterThan(3);
		this.replica1.thaw();
		assertThat(ProcessState.isSuspended(postmaster)).isFalse();
		assertThat(children).filteredOn(Signals::isPresent).noneMatch(ProcessState::isSuspended);
	}

	@Test
	void frozenReplicaCanBeStoppedAndKilled() {
		this.replica1.freeze();
		this.replica2.freeze();
		this.replica1.stop();
		this.replica2.kill();
		assertThat(this.replica1.isRunning()).isFalse();
		assertThat(this.replica2.isRunning()).isFalse();
	}

	@Test
	void frozenPrimaryGoesOnWhereItStopped() throws SQLException {
		try (Connection connection = this.primary.open(); Statement statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			statement.execute("insert into note values (1)");
			this.primary.freeze();
			assertThat(notes(this.replica1)).isZero();
			this.primary.thaw();
			connection.commit();
		}
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	private void insert(int id) {
		execute(this.primary, "insert into note values (" + id + ")");
	}

	private String streamingReplicas() {
		return ask(this.primary, "select string_agg(application_name, ', ' order by application_name) "
				+ "from pg_stat_replication where state = 'streaming'");
	}

	private void awaitReplayIn(String event) {
		awaitTrue(this.replica1,
				"(select wait_event = '" + event + "' from pg_stat_activity where backend_type = 'startup')");
	}

	private static void awaitTrue(PostgresServer server, String condition) {
		await().until(() -> "t".equals(ask(server, "select " + condition)));
	}

	private static int notes(PostgresServer server) {
		return Integer.parseInt(ask(server, "select count(*) from note"));
	}

	private static int receivers(PostgresServer server) {
		return Integer.parseInt(ask(server, "select count(*) from pg_stat_wal_receiver"));
	}

	private static ProcessHandle postmasterOf(PostgresServer server) {
		String pid = ask(server, "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
		return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
	}

	private static String ask(PostgresServer server, String sql) {
		return new SqlClient(server).ask(sql);
	}

	private static void execute(PostgresServer server, String sql) {
		new SqlClient(server).execute(sql);
	}

}
