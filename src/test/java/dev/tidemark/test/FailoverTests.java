package dev.tidemark.test;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for promoting a replica of a {@link ReplicatedPostgres}.
 */
class FailoverTests {

	@Test
	void otherReplicaFollowsThePromotedOne() {
		try (ReplicatedPostgres postgres = ReplicatedPostgres.builder().replicas("a", "b").start()) {
			SqlClient primary = new SqlClient(postgres.primary());
			SqlClient a = new SqlClient(postgres.replica("a"));
			SqlClient b = new SqlClient(postgres.replica("b"));
			primary.execute("create table note (id int primary key)");
			postgres.awaitReplicated();
			postgres.primary().kill();

			postgres.replica("a").promote();
			assertThat(a.holds("pg_is_in_recovery()")).isFalse();
			assertThat(timeline(a)).isEqualTo("00000002");
			assertThatIllegalStateException().isThrownBy(postgres.replica("a")::pauseReplay)
				.withMessage("a was promoted and is no replica any more");
			a.execute("insert into note values (1)");

			assertThat(b.ask("select count(*) from note")).isEqualTo("0");
			postgres.replica("b").follow(postgres.replica("a"));
			a.execute("insert into note values (2)");
			postgres.replica("a").restart();
			a.execute("insert into note values (3)");
			await().until(() -> b.holds("(select count(*) from note) = 3"));
			assertThat(a.ask("select application_name from pg_stat_replication")).isEqualTo("b");
		}
	}

	@Test
	void pausedAndDisconnectedReplicaCanBePromoted() {
		try (ReplicatedPostgres postgres = ReplicatedPostgres.builder().replicas("a").start()) {
			SqlClient primary = new SqlClient(postgres.primary());
			SqlClient a = new SqlClient(postgres.replica("a"));
			primary.execute("create table note (id int primary key)");
			postgres.awaitReplicated();
			postgres.replica("a").disconnectFromPrimary();
			postgres.replica("a").pauseReplay();
			primary.execute("insert into note values (1)");
			postgres.replica("a").promote();
			assertThat(a.holds("pg_is_in_recovery()")).isFalse();
			assertThat(a.ask("select count(*) from note")).isEqualTo("0");
			postgres.awaitReplicated();
		}
	}

	@Test
	void replicaDoesNotFollowAReplica() {
		try (ReplicatedPostgres postgres = ReplicatedPostgres.builder().replicas("a", "b").start()) {
			PostgresReplica a = postgres.replica("a");
			PostgresReplica b = postgres.replica("b");
			assertThatIllegalArgumentException().isThrownBy(() -> b.follow(a))
				.withMessage("b cannot follow a at " + a.jdbcUrl() + ", which is no primary");
			assertThatIllegalArgumentException().isThrownBy(() -> b.follow(b));
			b.follow(postgres.primary());
			new SqlClient(postgres.primary()).execute("create table note (id int primary key)");
			postgres.awaitReplicated();
			assertThat(new SqlClient(b).ask("select count(*) from note")).isEqualTo("0");
		}
	}

	private static String timeline(SqlClient primary) {
		return primary.ask("select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)");
	}

}
