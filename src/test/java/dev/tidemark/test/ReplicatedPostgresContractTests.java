package dev.tidemark.test;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * What can be done to the servers of a {@link ReplicatedPostgres} and undone again, told
 * by the servers, wherever they run.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ReplicatedPostgresContractTests {

	private final ReplicatedPostgres postgres = start();

	final PostgresServer primary = this.postgres.primary();

	final PostgresReplica replica1 = this.postgres.replica("replica1");

	final PostgresReplica replica2 = this.postgres.replica("replica2");

	/**
	 * Start a cluster with two replicas that logs all statements.
	 */
	abstract ReplicatedPostgres start();

	@AfterAll
	void close() {
		this.postgres.close();
	}

	@BeforeEach
	void createTable() {
		execute(this.primary, "create table note (id int primary key)");
		this.postgres.awaitReplicated();
	}

	@AfterEach
	void restore() {
		this.primary.start();
		for (PostgresReplica replica : this.postgres.replicas()) {
			replica.start();
			replica.thaw();
			replica.delayReplay(Duration.ZERO);
			replica.resumeReplay();
			replica.reconnectToPrimary();
		}
		execute(this.primary, "drop table note");
		this.postgres.awaitReplicated();
	}

	@Test
	void primaryHasTwoStreamingReplicas() {
		assertThat(ask(this.primary, "select pg_is_in_recovery()")).isEqualTo("f");
		assertThat(ask(this.replica1, "select pg_is_in_recovery()")).isEqualTo("t");
		assertThat(ask(this.replica2, "select pg_is_in_recovery()")).isEqualTo("t");
		await().until(() -> streamingReplicas().equals("replica1, replica2"));
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
		assertThatIllegalArgumentException().isThrownBy(() -> this.postgres.replica("replica3"))
			.withMessage("There is no replica 'replica3', only [replica1, replica2]");
	}

	@Test
	void awaitReplicatedReturnsWhenEveryReplicaHasReplayedWhatWasCommitted() {
		for (int id = 0; id < 100; id++) {
			insert(id);
			this.postgres.awaitReplicated();
			assertThat(notes(this.replica1)).isEqualTo(id + 1);
			assertThat(notes(this.replica2)).isEqualTo(id + 1);
		}
	}

	@Test
	void awaitReplicatedIncludesAsynchronousCommits() {
		for (int id = 0; id < 100; id++) {
			execute(this.primary, "set synchronous_commit to off; insert into note values (" + id + ")");
			this.postgres.awaitReplicated();
			assertThat(notes(this.replica1)).isEqualTo(id + 1);
		}
	}

	@Test
	void awaitReplicatedDoesNotWaitForAnOpenTransaction() throws SQLException {
		try (Connection connection = this.primary.open(); Statement statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			statement.execute("insert into note values (1)");
			this.postgres.awaitReplicated();
			assertThat(notes(this.replica1)).isZero();
			connection.rollback();
		}
	}

	@Test
	void pausedReplicaReceivesAndDoesNotReplay() {
		this.replica1.pauseReplay();
		insert(1);
		this.postgres.awaitReplicated();
		assertThat(ask(this.replica1, "select pg_get_wal_replay_pause_state()")).isEqualTo("paused");
		assertThat(notes(this.replica1)).isZero();
		assertThat(notes(this.replica2)).isOne();
		awaitTrue(this.replica1, "pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()");
		this.replica1.resumeReplay();
		this.postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void delayedReplicaReplaysCommitsLater() {
		this.replica1.delayReplay(Duration.ofHours(1));
		insert(1);
		this.postgres.awaitReplicated();
		assertThat(ask(this.replica1, "show recovery_min_apply_delay")).isEqualTo("1h");
		awaitReplayIn("RecoveryApplyDelay");
		assertThat(notes(this.replica1)).isZero();
		assertThat(notes(this.replica2)).isOne();
		this.replica1.delayReplay(Duration.ofMillis(1));
		awaitTrue(this.replica1, "(select count(*) from note) = 1");
		this.replica1.delayReplay(Duration.ZERO);
		insert(2);
		this.postgres.awaitReplicated();
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
		this.postgres.awaitReplicated();
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
		this.postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isZero();
		assertThat(notes(this.replica2)).isOne();
		assertThat(receivers(this.replica1)).isZero();
		awaitTrue(this.primary, "(select count(*) from pg_stat_replication) = 1");
		this.replica1.reconnectToPrimary();
		assertThat(receivers(this.replica1)).isOne();
		await().until(() -> streamingReplicas().equals("replica1, replica2"));
		this.postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void disconnectionSurvivesRestart() {
		this.replica1.disconnectFromPrimary();
		this.replica1.restart();
		insert(1);
		this.postgres.awaitReplicated();
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
		this.postgres.awaitReplicated();
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
		this.postgres.awaitReplicated();
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
		this.postgres.awaitReplicated();
		this.replica1.start();
		this.replica1.start();
		assertThat(this.replica1.isRunning()).isTrue();
		assertThat(this.replica1.port()).isEqualTo(port);
		this.postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void replicasServeWhileThePrimaryIsStoppedAndFollowItAgain() {
		insert(1);
		this.postgres.awaitReplicated();
		this.primary.stop();
		assertThat(notes(this.replica1)).isOne();
		assertThatIllegalStateException().isThrownBy(this.postgres::awaitReplicated)
			.withMessage("primary does not run: start() it first");
		this.primary.start();
		insert(2);
		this.postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isEqualTo(2);
	}

	@Test
	void killedPrimaryRecoversWhatWasCommitted() {
		insert(1);
		this.primary.kill();
		this.primary.kill();
		assertThat(this.primary.isRunning()).isFalse();
		this.primary.start();
		await().untilAsserted(() -> assertThat(this.primary.logFile()).content()
			.contains("database system was not properly shut down"));
		assertThat(notes(this.primary)).isOne();
		insert(2);
		this.postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isEqualTo(2);
	}

	@Test
	void killedReplicaComesBack() {
		this.replica1.kill();
		assertThat(this.replica1.isRunning()).isFalse();
		insert(1);
		this.replica1.start();
		this.postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void frozenReplicaAcceptsConnectionsAndDoesNotAnswer() throws Exception {
		this.replica1.freeze();
		assertThat(this.replica1.isRunning()).isTrue();
		CompletableFuture<Integer> answer = CompletableFuture.supplyAsync(() -> notes(this.replica1));
		insert(1);
		this.postgres.awaitReplicated();
		assertThat(notes(this.replica2)).isOne();
		assertThat(answer).isNotDone();
		assertThatIllegalStateException().isThrownBy(this.replica1::pauseReplay)
			.withMessage("replica1 is frozen: thaw() it first");
		this.replica1.thaw();
		assertThat(answer.get(30, TimeUnit.SECONDS)).isBetween(0, 1);
		this.postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
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
		this.postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	void insert(int id) {
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

	static int notes(PostgresServer server) {
		return Integer.parseInt(ask(server, "select count(*) from note"));
	}

	private static int receivers(PostgresServer server) {
		return Integer.parseInt(ask(server, "select count(*) from pg_stat_wal_receiver"));
	}

	static String ask(PostgresServer server, String sql) {
		return new SqlClient(server).ask(sql);
	}

	static void execute(PostgresServer server, String sql) {
		new SqlClient(server).execute(sql);
	}

}
