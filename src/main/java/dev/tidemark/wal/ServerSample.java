package dev.tidemark.wal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.temporal.ChronoUnit;

import org.jspecify.annotations.Nullable;

/**
 * What one server said of itself at one moment. Immutable and thread-safe.
 *
 * @param requestedAt when the question was sent, by {@link System#nanoTime()}: what the
 * answer says was true then or later
 * @param answeredAt when the answer came, by {@link System#nanoTime()}: what it says was
 * true then or earlier
 * @param inRecovery whether the server is a replica
 * @param systemIdentifier the identifier of the cluster the server belongs to
 * @param postmasterStart when the server was started, in microseconds of the server's
 * clock: names one run of the server
 * @param position on a primary the insert position, on a replica the position up to which
 * it has replayed; {@code null} on a replica that has not replayed anything yet
 * @param commitAge on a replica, how long ago the last commit it has replayed was made:
 * the difference between the replica's clock and that of the server which was the primary
 * then, so it is as right as the two are in step; {@code null} on a primary, on a replica
 * that has not replayed a commit since its start, and where the clocks contradict each
 * other
 */
public record ServerSample(long requestedAt, long answeredAt, boolean inRecovery, String systemIdentifier,
		long postmasterStart, @Nullable WalPosition position, @Nullable Duration commitAge) {

	/*
	 * The timeline: a primary's WAL file name always names the current one.
	 * pg_control_checkpoint() trails a promotion by seconds, so on a replica it is only
	 * the lower bound beside the WAL receiver's, which an unprivileged role can't see.
	 *
	 * The position: the insert position, because pg_current_wal_lsn() trails it under
	 * synchronous_commit=off.
	 */
	private static final String SQL = """
			SELECT r.recovery, c.system_identifier::text,
				(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,
				CASE WHEN r.recovery
					THEN pg_last_wal_replay_lsn()
					ELSE pg_current_wal_insert_lsn()
				END::text,
				CASE WHEN r.recovery
					THEN greatest((SELECT max(received_tli) FROM pg_stat_wal_receiver),
						(SELECT timeline_id FROM pg_control_checkpoint()))
					ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int
				END,
				CASE WHEN r.recovery
					THEN (extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000000)::bigint
				END
			FROM (SELECT pg_is_in_recovery() AS recovery OFFSET 0) r, pg_control_system() c""";

	/**
	 * Ask a server.
	 * @param connection a connection in auto-commit mode or in any transaction that is
	 * not aborted
	 * @return what the server says of itself
	 * @throws SQLException if the server can't be asked
	 */
	public static ServerSample take(Connection connection) throws SQLException {
		long requestedAt = System.nanoTime();
		try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(SQL)) {
			row.next();
			String lsn = row.getString(4);
			WalPosition position = (lsn != null) ? new WalPosition(row.getInt(5), WalPosition.parseLsn(lsn)) : null;
			return new ServerSample(requestedAt, System.nanoTime(), row.getBoolean(1), row.getString(2), row.getLong(3),
					position, commitAge(row.getObject(6, Long.class)));
		}
	}

	private static @Nullable Duration commitAge(@Nullable Long micros) {
		return (micros != null && micros >= 0) ? Duration.of(micros, ChronoUnit.MICROS) : null;
	}

	/**
	 * Return whether both samples are of the same run of a server: what is known of a
	 * server does not survive its restart, because a replica may come back older than it
	 * was.
	 * @param other the other sample
	 * @return {@code true} if the server was not restarted between the two
	 */
	boolean sameRunAs(ServerSample other) {
		return this.postmasterStart == other.postmasterStart;
	}

}
