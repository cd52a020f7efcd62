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
 * @param unflushed on a primary, whether its log ends in records that are not on disk
 * yet, so that no replica can get them
 */
public record ServerSample(long requestedAt, long answeredAt, boolean inRecovery, String systemIdentifier,
		long postmasterStart, @Nullable WalPosition position, @Nullable Duration commitAge, boolean unflushed) {

	/**
	 * Ask a server.
	 * @param connection a connection in auto-commit mode or in any transaction that is
	 * not aborted
	 * @param positions how the server tells positions
	 * @return what the server says of itself
	 * @throws SQLException if the server can't be asked
	 */
	public static ServerSample take(Connection connection, Positions positions) throws SQLException {
		long requestedAt = System.nanoTime();
		try (Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery(positions.sample())) {
			row.next();
			String lsn = row.getString(4);
			WalPosition position = (lsn != null) ? new WalPosition(row.getInt(5), WalPosition.parseLsn(lsn)) : null;
			return new ServerSample(requestedAt, System.nanoTime(), row.getBoolean(1), row.getString(2), row.getLong(3),
					position, commitAge(row.getObject(6, Long.class)), isAhead(position, row.getString(7)));
		}
	}

	private static boolean isAhead(@Nullable WalPosition position, @Nullable String flushed) {
		return position != null && flushed != null
				&& !position.isReachedBy(new WalPosition(position.timeline(), WalPosition.parseLsn(flushed)));
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
