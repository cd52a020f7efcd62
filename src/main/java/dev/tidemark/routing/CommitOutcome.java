package dev.tidemark.routing;

import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;

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

	/**
	 * The states of a connection that broke while it waited for an answer.
	 */
	private static final Set<String> LOST = Set.of(PSQLState.CONNECTION_FAILURE.getState(),
			PSQLState.COMMUNICATION_ERROR.getState());

	/**
	 * Nothing was written; what was read lies before the position.
	 */
	static CommitOutcome read(@Nullable WalPosition position) {
		return new CommitOutcome(false, true, position, null);
	}

	/**
	 * No transaction was open.
	 */
	static final CommitOutcome NOTHING_TO_COMMIT = new CommitOutcome(false, true, null, null);

	/**
	 * The transaction was rolled back, or lost with its connection.
	 */
	static final CommitOutcome NOTHING_COMMITTED = new CommitOutcome(false, true, null, null);

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
	 * Return the exception for a statement that commits by itself.
	 * @param problem the driver's exception
	 * @return one that says that the outcome is unknown if the connection was lost, else
	 * the driver's
	 */
	static PSQLException ofStatement(PSQLException problem) {
		return LOST.contains(String.valueOf(problem.getSQLState())) ? unknownOutcome(problem) : problem;
	}

	/**
	 * Fail as the driver does, if the outcome is not known.
	 * @throws SQLException of the driver's class and SQLState, and with its exception as
	 * the cause
	 */
	void check() throws SQLException {
		if (!this.known && this.problem != null) {
			throw unknownOutcome(this.problem);
		}
	}

	private static PSQLException unknownOutcome(SQLException problem) {
		String message = "The connection to the primary was lost during the commit, and it is not known whether the "
				+ "transaction was committed. Read what it should have written before you repeat it. Cause: "
				+ problem.getMessage();
		String state = Objects.requireNonNullElse(problem.getSQLState(), PSQLState.CONNECTION_FAILURE.getState());
		PSQLException failure = new PSQLException(new ServerErrorMessage("C" + state + "\0M" + message));
		failure.initCause(problem);
		return failure;
	}

}
