package dev.tidemark.routing;

import java.sql.SQLException;
import java.util.Objects;

import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.postgresql.util.ServerErrorMessage;

/**
 * What came of a commit that was not refused.
 *
 * @param wrote whether something was written, or may have been
 * @param known whether the transaction is known to be committed
 * @param position a position at or behind the commit; {@code null} if nothing was written
 * or the position is not known
 * @param problem why the position is not known
 */
record CommitOutcome(boolean wrote, boolean known, @Nullable WalPosition position, @Nullable SQLException problem) {

	static final CommitOutcome NOTHING_WRITTEN = new CommitOutcome(false, true, null, null);

	/**
	 * The transaction is committed.
	 */
	static CommitOutcome committed(WalPosition position) {
		return new CommitOutcome(true, true, position, null);
	}

	/**
	 * The transaction is committed, but its position could not be read.
	 */
	static CommitOutcome committedSomewhere(@Nullable SQLException problem) {
		return new CommitOutcome(true, true, null, problem);
	}

	/**
	 * The connection was lost before the server told whether the transaction is
	 * committed.
	 */
	static CommitOutcome unknown(SQLException problem) {
		return new CommitOutcome(true, false, null, problem);
	}

	/**
	 * Fail as the driver does, if the outcome is not known.
	 * @throws SQLException of the driver's class and SQLState, and with its exception as
	 * the cause
	 */
	void check() throws SQLException {
		if (this.known || this.problem == null) {
			return;
		}
		String message = "The connection to the primary was lost during the commit, and it is not known whether the "
				+ "transaction was committed. Read what it should have written before you repeat it. Cause: "
				+ this.problem.getMessage();
		String state = Objects.requireNonNullElse(this.problem.getSQLState(), PSQLState.CONNECTION_FAILURE.getState());
		PSQLException failure = new PSQLException(new ServerErrorMessage("C" + state + "\0M" + message));
		failure.initCause(this.problem);
		throw failure;
	}

}
