package dev.tidemark.test;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for what a {@link ReplicatedPostgres} does to its servers, told by the servers.
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
	void createTable() throws SQLException {
		execute(this.primary, "create table note (id int primary key)");
		postgres.awaitReplicated();
	}

	@AfterEach
	void restore() throws SQLException {
		for (PostgresReplica replica : postgres.replicas()) {
			replica.start();
			replica.delayReplay(Duration.ZERO);
			replica.resumeReplay();
			replica.reconnectToPrimary();
		}
		execute(this.primary, "drop table note");
		postgres.awaitReplicated();
	}

	@Test
	void primaryHasTwoStreamingReplicas() throws SQLException {
		assertThat(ask(this.primary, "select pg_is_in_recovery()")).isEqualTo("f");
		assertThat(ask(this.replica1, "select pg_is_in_recovery()")).isEqualTo("t");
		assertThat(ask(this.replica2, "select pg_is_in_recovery()")).isEqualTo("t");
		assertThat(ask(this.primary,
				"select string_agg(application_name || ' ' || state, ', ' order by application_name) from pg_stat_replication"))
			.isEqualTo("replica1 streaming, replica2 streaming");
	}

	@Test
	void serversAreConfiguredAsInProductionButForTheDisk() throws SQLException {
		assertThat(ask(this.primary, "show synchronous_commit")).isEqualTo("on");
		assertThat(ask(this.primary, "show max_connections")).isEqualTo("200");
		assertThat(ask(this.replica1, "show max_connections")).isEqualTo("200");
		assertThat(ask(this.primary, "show listen_addresses")).isEqualTo("127.0.0.1");
		assertThat(ask(this.primary, "show log_statement")).isEqualTo("all");
		assertThat(ask(this.replica1, "show log_statement")).isEqualTo("all");
	}

	@Test
	void awaitReplicatedReturnsWhenEveryReplicaHasReplayedWhatWasCommitted() throws SQLException {
		for (int id = 0; id < 100; id++) {
			insert(id);
			postgres.awaitReplicated();
			assertThat(notes(this.replica1)).isEqualTo(id + 1);
			assertThat(notes(this.replica2)).isEqualTo(id + 1);
		}
	}

	@Test
	void awaitReplicatedIncludesAsynchronousCommits() throws SQLException {
		for (int id = 0; id < 100; id++) {
			execute(this.primary, "set synchronous_commit to off", "insert into note values (" + id + ")");
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
	void pausedReplicaKeepsItsState() throws SQLException {
		this.replica1.pauseReplay();
		insert(1);
		postgres.awaitReplicated();
		assertThat(ask(this.replica1, "select pg_get_wal_replay_pause_state()")).isEqualTo("paused");
		assertThat(notes(this.replica1)).isZero();
		assertThat(notes(this.replica2)).isOne();
		await().untilAsserted(
				() -> assertThat(ask(this.replica1, "select pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()"))
					.isEqualTo("t"));
		this.replica1.resumeReplay();
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	@Test
	void delayedReplicaReplaysCommitsLater() throws SQLException {
		this.replica1.delayReplay(Duration.ofHours(1));
		insert(1);
		postgres.awaitReplicated();
		assertThat(ask(this.replica1, "show recovery_min_apply_delay")).isEqualTo("1h");
		await().untilAsserted(() -> assertThat(
				ask(this.replica1, "select wait_event from pg_stat_activity where backend_type = 'startup'"))
			.isEqualTo("RecoveryApplyDelay"));
		assertThat(notes(this.replica1)).isZero();
		assertThat(notes(this.replica2)).isOne();
		this.replica1.delayReplay(Duration.ofMillis(1));
		await().untilAsserted(() -> assertThat(notes(this.replica1)).isOne());
		this.replica1.delayReplay(Duration.ZERO);
		insert(2);
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isEqualTo(2);
	}

	@Test
	void delayIsNotNegative() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.replica1.delayReplay(Duration.ofMillis(-1)))
			.withMessageContaining("negative");
	}

	@Test
	void unknownReplicaIsToldWithTheKnownOnes() {
		assertThatIllegalArgumentException().isThrownBy(() -> postgres.replica("replica3"))
			.withMessage("There is no replica 'replica3', only [replica1, replica2]");
	}

	@Test
	void stoppedReplicaComesBackOnItsPortAndCatchesUp() throws SQLException {
		int port = this.replica1.port();
		this.replica1.stop();
		assertThat(this.replica1.isRunning()).isFalse();
		assertThatIllegalStateException().isThrownBy(this.replica1::pauseReplay)
			.withMessage("replica1 does not run: start() it first");
		insert(1);
		postgres.awaitReplicated();
		this.replica1.start();
		assertThat(this.replica1.isRunning()).isTrue();
		assertThat(this.replica1.port()).isEqualTo(port);
		postgres.awaitReplicated();
		assertThat(notes(this.replica1)).isOne();
	}

	private void insert(int id) throws SQLException {
		execute(this.primary, "insert into note values (" + id + ")");
	}

	private static int notes(PostgresServer server) throws SQLException {
		return Integer.parseInt(ask(server, "select count(*) from note"));
	}

	private static String ask(PostgresServer server, String sql) throws SQLException {
		try (Connection connection = server.open();
				Statement statement = connection.createStatement();
				ResultSet result = statement.executeQuery(sql)) {
			result.next();
			return result.getString(1);
		}
	}

	private static void execute(PostgresServer server, String... statements) throws SQLException {
		try (Connection connection = server.open(); Statement statement = connection.createStatement()) {
			for (String sql : statements) {
				statement.execute(sql);
			}
		}
	}

}
