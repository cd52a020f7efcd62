package dev.tidemark.routing;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.List;

import dev.tidemark.wal.Positions;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.Field;
import org.postgresql.core.Query;
import org.postgresql.core.QueryExecutor;
import org.postgresql.core.ResultCursor;
import org.postgresql.core.ResultHandlerBase;
import org.postgresql.core.TransactionState;
import org.postgresql.core.Tuple;
import org.postgresql.jdbc.PgConnection;

/**
 * Commits on the primary and reads the WAL position behind the commit, in one round trip.
 * <p>
 * The position has to be taken after the commit: one taken before it lies in front of the
 * commit's own record, and a replica that has replayed just that much does not show the
 * write. The three statements are sent together, and the server runs them one after the
 * other.
 * <p>
 * They go through the driver's executor, as its own {@code commit()} does, and not
 * through a {@link Statement}: only so it is known how far the server came. What fails
 * behind the commit does not fail the commit. A savepoint that the driver sets in front
 * of them, with {@code autosave}, goes out with them and ends with the commit.
 */
final class PositionedCommit {

	private static final String COMMIT = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL; COMMIT; ";

	private static final int FLAGS = QueryExecutor.QUERY_EXECUTE_AS_SIMPLE | QueryExecutor.QUERY_SUPPRESS_BEGIN;

	private PositionedCommit() {
	}

	/**
	 * Commit.
	 * @param connection a pooled connection to the primary, not in auto-commit mode
	 * @param positions how the primary tells its position
	 * @return what came of it
	 * @throws SQLException if nothing was committed, as the connection itself would throw
	 * it
	 */
	static CommitOutcome commit(Connection connection, Positions positions) throws SQLException {
		PgConnection driver = openDriver(connection);
		if (driver == null || driver.getTransactionState() != TransactionState.OPEN) {
			boolean idle = driver != null && driver.getTransactionState() == TransactionState.IDLE;
			connection.commit();
			return idle ? CommitOutcome.NOTHING_TO_COMMIT : CommitOutcome.NOTHING_COMMITTED;
		}
		Answers answers = new Answers(driver);
		QueryExecutor executor = driver.getQueryExecutor();
		try {
			executor.execute(executor.createSimpleQuery(COMMIT + positions.current()), null, answers, 0, 0, FLAGS);
			tellPool(connection, driver);
			return answers.committed();
		}
		catch (SQLException ex) {
			if (driver.isClosed()) {
				return CommitOutcome.unknown(ex);
			}
			throw ex;
		}
		finally {
			if (driver.isClosed()) {
				showToPool(connection);
			}
		}
	}

	private static @Nullable PgConnection openDriver(Connection connection) throws SQLException {
		if (connection.isClosed()) {
			return null;
		}
		PgConnection driver = connection.unwrap(PgConnection.class);
		return driver.isClosed() ? null : driver;
	}

	/**
	 * The pool did not see the commit, and would roll back what is begun behind it when
	 * it takes the connection back. The driver sends nothing.
	 */
	private static void tellPool(Connection connection, PgConnection driver) {
		try {
			if (!driver.isClosed() && !driver.getAutoCommit()
					&& driver.getTransactionState() == TransactionState.IDLE) {
				connection.commit();
			}
		}
		catch (SQLException ex) {
			// The commit stands.
		}
	}

	/**
	 * The pool did not see how its connection was lost. It evicts one whose use fails.
	 */
	private static void showToPool(Connection connection) {
		try {
			connection.clearWarnings();
		}
		catch (SQLException ex) {
			// That the connection is closed is what the pool had to see.
		}
	}

	/**
	 * Return the primary's position now.
	 * @param connection a connection to the primary
	 * @param positions how the primary tells its position
	 * @return the position
	 * @throws SQLException if it can't be read
	 */
	static WalPosition position(Connection connection, Positions positions) throws SQLException {
		try (Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery(positions.current())) {
			row.next();
			return position(row.getString(1), row.getString(2));
		}
	}

	private static WalPosition position(String lsn, String timeline) {
		return new WalPosition(Integer.parseInt(timeline), WalPosition.parseLsn(lsn));
	}

	/**
	 * What the server says, as it comes in. Text format, as always without parameters.
	 */
	private static final class Answers extends ResultHandlerBase {

		private final PgConnection driver;

		private @Nullable Tuple wrote;

		private boolean committed;

		private @Nullable Tuple position;

		private @Nullable SQLException problem;

		Answers(PgConnection driver) {
			this.driver = driver;
		}

		@Override
		public void handleResultRows(Query query, Field[] fields, List<Tuple> rows, @Nullable ResultCursor cursor) {
			if (this.committed) {
				this.position = rows.get(0);
			}
			else {
				this.wrote = rows.get(0);
			}
		}

		@Override
		public void handleCommandStatus(String status, long updateCount, long insertOid) {
			this.committed = this.committed || status.equals("COMMIT");
		}

		@Override
		public void handleError(SQLException error) {
			if (!this.committed) {
				super.handleError(error);
			}
			else if (this.problem == null) {
				this.problem = error;
			}
		}

		@Override
		public void handleWarning(SQLWarning warning) {
			this.driver.addWarning(warning);
		}

		CommitOutcome committed() {
			if (!this.committed) {
				return CommitOutcome.NOTHING_COMMITTED;
			}
			WalPosition behind = (this.position != null) ? position(text(this.position, 0), text(this.position, 1))
					: null;
			if (this.wrote != null && text(this.wrote, 0).equals("f")) {
				return CommitOutcome.read(behind);
			}
			return (behind != null) ? CommitOutcome.committed(behind) : CommitOutcome.committedSomewhere(this.problem);
		}

		private static String text(Tuple row, int column) {
			byte[] bytes = row.get(column);
			return (bytes != null) ? new String(bytes, StandardCharsets.US_ASCII) : "";
		}

	}

}
