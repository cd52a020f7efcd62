package dev.tidemark.test;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

/**
 * Measures how often, and for how long, a replica waits for the last commit of a primary
 * that is quiet behind it. Not part of the build:
 * {@code mvn test -Dtest=LostWakeUps -DargLine=-Dstatus-interval=10s}.
 */
class LostWakeUps {

	private static final long LATE = Duration.ofMillis(500).toNanos();

	private static final String COMMIT = "SELECT pg_current_xact_id() FROM pg_logical_emit_message(true, 'x', repeat('x', ";

	private final Random random = new Random(1);

	private int commits;

	private final List<Long> late = new ArrayList<>();

	@Test
	void measure() throws SQLException {
		long seconds = Long.getLong("seconds", 300);
		String interval = System.getProperty("status-interval", "1s");
		try (ReplicatedPostgres postgres = ReplicatedPostgres.builder()
			.setting("wal_receiver_status_interval", interval)
			.start();
				Connection primary = postgres.primary().open();
				Connection replica1 = postgres.replicas().get(0).open();
				Connection replica2 = postgres.replicas().get(1).open();
				Statement writer = primary.createStatement();
				Statement reader1 = replica1.createStatement();
				Statement reader2 = replica2.createStatement()) {
			long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
			while (System.nanoTime() < end) {
				commitTwice(writer);
				String position = ask(writer, "SELECT pg_current_wal_flush_lsn()");
				awaitReplayed(position, reader1);
				awaitReplayed(position, reader2);
			}
			System.out
				.println(ask(writer, "SHOW server_version") + ", status interval " + interval + ": " + this.commits
						+ " times two commits, milliseconds of those that were late on a replica: " + this.late);
		}
	}

	/**
	 * The second comes while the WAL senders are busy with the first, or just behind it.
	 */
	private void commitTwice(Statement writer) throws SQLException {
		writer.execute(COMMIT + this.random.nextInt(3000) + "))");
		long next = System.nanoTime() + this.random.nextInt(600_000);
		while (System.nanoTime() < next) {
			Thread.onSpinWait();
		}
		writer.execute(COMMIT + "0))");
		this.commits++;
	}

	private void awaitReplayed(String position, Statement reader) throws SQLException {
		long began = System.nanoTime();
		while (ask(reader, "SELECT pg_last_wal_replay_lsn() >= '" + position + "'").equals("f")) {
			Thread.onSpinWait();
		}
		long took = System.nanoTime() - began;
		if (took > LATE) {
			this.late.add(Duration.ofNanos(took).toMillis());
		}
	}

	private static String ask(Statement statement, String sql) throws SQLException {
		try (ResultSet rows = statement.executeQuery(sql)) {
			rows.next();
			return rows.getString(1);
		}
	}

}
