package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.jdbc.AutoSave;

/**
 * Commits on the primary and reads the WAL position behind the commit, in one round trip.
 * <p>
 * The position has to be taken after the commit: one taken before it lies in front of the
 * commit's own record, and a replica that has replayed just that much does not show the
 * write. The three statements are sent together; the server runs them one after the other
 * and skips the rest when one fails.
 */
final class PositionedCommit {

	private static final String POSITION = "SELECT pg_current_wal_insert_lsn()::text, "
			+ "left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)";

	private static final String WROTE = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL";

	private static final String COMMIT = WROTE + "; COMMIT; " + POSITION;

	private PositionedCommit() {
	}

	/**
	 * Commit.
	 * @param connection a connection to the primary, not in auto-commit mode
	 * @return a position at or behind the commit, {@code null} if nothing was written
	 * @throws SQLException if the commit failed, as the connection itself would throw it
	 */
	static @Nullable WalPosition commit(Connection connection) throws SQLException {
		BaseConnection driver = connection.unwrap(BaseConnection.class);
		if (driver.getTransactionState() != TransactionState.OPEN) {
			// Nothing to commit, or an aborted transaction, for which the driver has an
			// exception of its own.
			connection.commit();
			return null;
		}
		if (driver.getAutosave() != AutoSave.NEVER) {
			return commitInSteps(connection);
		}
		try (Statement statement = connection.createStatement()) {
			boolean wrote = readBoolean(statement, statement.execute(COMMIT));
			if (!wrote) {
				return null;
			}
			statement.getMoreResults();
			statement.getMoreResults();
			return readPosition(statement.getResultSet());
		}
	}

	/**
	 * With {@code autosave} the driver puts a savepoint around what it sends, which does
	 * not go together with a commit inside.
	 */
	private static @Nullable WalPosition commitInSteps(Connection connection) throws SQLException {
		boolean wrote;
		try (Statement statement = connection.createStatement()) {
			wrote = readBoolean(statement, statement.execute(WROTE));
		}
		connection.commit();
		if (!wrote) {
			return null;
		}
		WalPosition position = position(connection);
		connection.commit();
		return position;
	}

	/**
	 * Return the primary's position now.
	 * @param connection a connection to the primary
	 * @return the position
	 * @throws SQLException if it can't be read
	 */
	static WalPosition position(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(POSITION)) {
			return readPosition(row);
		}
	}

	private static boolean readBoolean(Statement statement, boolean hasRows) throws SQLException {
		try (ResultSet row = statement.getResultSet()) {
			return hasRows && row.next() && row.getBoolean(1);
		}
	}

	private static WalPosition readPosition(ResultSet row) throws SQLException {
		row.next();
		return new WalPosition(Integer.parseInt(row.getString(2), 16), WalPosition.parseLsn(row.getString(1)));
	}

}
