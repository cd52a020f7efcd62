package dev.tidemark.history;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;

import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Why {@link MonotonicReads} does not count a read on the primary that misses a commit
 * which was not acknowledged: PostgreSQL shows a commit on a replica while it still waits
 * on the primary, here for a synchronous replica.
 */
class EarlyCommitTests {

	@Test
	void replicaShowsACommitBeforeThePrimaryDoes() throws Exception {
		try (ReplicatedPostgres postgres = ReplicatedPostgres.builder()
			.setting("synchronous_standby_names", "replica2")
			.start()) {
			execute(postgres.primary(), "CREATE TABLE note (body text)");
			postgres.awaitReplicated();
			postgres.replica("replica2").freeze();
			CompletableFuture<Void> commit = CompletableFuture
				.runAsync(() -> execute(postgres.primary(), "INSERT INTO note VALUES ('early')"));
			Awaitility.await().until(() -> notes(postgres.replica("replica1")) == 1);
			assertThat(notes(postgres.primary())).isZero();
			assertThat(commit).isNotDone();
			postgres.replica("replica2").thaw();
			commit.join();
			assertThat(notes(postgres.primary())).isEqualTo(1);
		}
	}

	private static void execute(PostgresServer server, String sql) {
		try (Connection connection = server.open(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static int notes(PostgresServer server) throws SQLException {
		try (Connection connection = server.open();
				Statement statement = connection.createStatement();
				ResultSet result = statement.executeQuery("SELECT count(*) FROM note")) {
			result.next();
			return result.getInt(1);
		}
	}

}
