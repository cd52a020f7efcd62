package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.session.SessionContext;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * Ends transactions, and has remembered what later reads of the current user must not
 * miss of them. Thread-safe.
 */
final class TransactionEnds {

	private final SessionContext context;

	private final PrimaryConnections primary;

	private final ReadRouter router;

	private final WriteRecorder recorder;

	private final RoutingSettings settings;

	TransactionEnds(SessionContext context, PrimaryConnections primary, ReadRouter router, WriteRecorder recorder,
			RoutingSettings settings) {
		this.context = context;
		this.primary = primary;
		this.router = router;
		this.recorder = recorder;
		this.settings = settings;
	}

	/**
	 * Commit on the primary, and return when the commit can be missed by no later read of
	 * the current user. One round trip, and no more if nothing was written.
	 * <p>
	 * If the connection is lost before the answer, the user counts as having written: the
	 * commit may stand. Not covered is what the server makes of a commit that still waits
	 * for something when the primary's position is read.
	 * @param connection a pooled connection to the primary, not in auto-commit mode
	 * @throws SQLException if the commit failed, as the connection itself would throw it;
	 * or if the connection was lost and the outcome is not known
	 */
	void commit(Connection connection) throws SQLException {
		CommitOutcome outcome = CommitOutcome.NOTHING_COMMITTED;
		try {
			outcome = PositionedCommit.commit(connection, this.settings.positions());
		}
		finally {
			record(outcome);
		}
		outcome.check();
	}

	/**
	 * End a read-only transaction on the primary, behind which no later read of the
	 * current user may fall.
	 * @param connection a pooled connection to the primary, not in auto-commit mode
	 * @throws SQLException if the connection was lost, or the transaction could not be
	 * ended
	 */
	void commitRead(Connection connection) throws SQLException {
		CommitOutcome outcome = PositionedCommit.commit(connection, this.settings.positions());
		if (!outcome.known() && outcome.problem() != null) {
			throw outcome.problem();
		}
		record(outcome);
	}

	private void record(CommitOutcome outcome) {
		if (!outcome.wrote()) {
			seen(outcome);
		}
		else if (outcome.position() != null) {
			this.recorder.committed(outcome.position());
		}
		else {
			this.recorder.committedSomewhere(outcome.problem());
		}
	}

	/**
	 * Check that a transaction that may have written still runs on the primary. If
	 * another server was promoted meanwhile, what it would commit would be lost. The
	 * connection is given up, so that the server rolls it back, whether it answers or
	 * not.
	 * @param held the connections that the logical connection holds; the current one is
	 * that to the primary
	 * @throws SQLException if it must not be committed
	 */
	void checkStillPrimary(HeldConnections held) throws SQLException {
		ServerConnection current = held.current();
		if (current != null && this.primary.isSuperseded(current)) {
			held.discardCurrent();
			throw new SQLTransactionRollbackException("The transaction was rolled back: its server was the primary "
					+ "when it began, and another one was promoted meanwhile. Nothing of it is kept. Repeat it: it "
					+ "runs on the new primary then.", "40000");
		}
	}

	/**
	 * Record that a statement outside a transaction may have written.
	 * @param connection the connection to the primary that it ran on
	 */
	void committedByItself(Connection connection) {
		try {
			WalPosition position = PositionedCommit.position(connection, this.settings.positions());
			if (!connection.getAutoCommit()) {
				connection.rollback();
			}
			this.recorder.committed(position);
		}
		catch (SQLException ex) {
			this.recorder.committedSomewhere(ex);
		}
	}

	/**
	 * Record that what has run on the driver's own connection may have been committed
	 * when the pool took it back.
	 */
	void committedByPool() {
		this.recorder.committedSomewhere(null);
	}

	/**
	 * Note that a query outside a transaction has read the primary, or a replica that
	 * stands in for the user's home: it shows no more than the primary holds now. The
	 * primary's position is asked for when the session ends.
	 * @param ended where the query ran
	 */
	void readOutsideTransaction(Decision ended) {
		long now = System.nanoTime();
		if ((ended.isPrimary() || ended.isToBeRemembered(now)) && readsMonotonically()) {
			this.context.session().sawPrimary(now);
		}
	}

	/**
	 * Record what a read-only transaction has read that was not committed on the primary,
	 * and not read at the user's home.
	 * @param ended where the transaction ran
	 */
	void readEnded(Decision ended) {
		if (ended.isPrimary() && readsMonotonically()) {
			this.recorder.seenPrimary(this.context.session(), System.nanoTime());
		}
		else {
			endedWithoutCommit(ended);
		}
	}

	/**
	 * Record what a transaction has read that was not committed, or by other means than
	 * the connection's method. A primary that is known to be away is not waited for.
	 * @param ended where the transaction ran
	 */
	void endedWithoutCommit(Decision ended) {
		if (ended.isToBeRemembered(System.nanoTime()) || (ended.isPrimary() && readsMonotonically())) {
			this.recorder.seenSomething(this.context.session());
		}
	}

	private void seen(CommitOutcome outcome) {
		if (outcome == CommitOutcome.NOTHING_TO_COMMIT || !readsMonotonically()) {
			return;
		}
		if (outcome == CommitOutcome.NOTHING_COMMITTED) {
			this.recorder.seenSomething(this.context.session());
		}
		else if (outcome.position() != null) {
			this.recorder.seen(outcome.position());
		}
		else {
			this.recorder.seenPrimary(this.context.session(), System.nanoTime());
		}
	}

	/**
	 * Return whether what the current transaction reads must be seen by later reads too.
	 * Within a window every read would start it anew.
	 */
	boolean readsMonotonically() {
		ConsistencyLevel level = this.router.level();
		return this.settings.window() == null
				&& (level == ConsistencyLevel.SESSION || level == ConsistencyLevel.PRIMARY);
	}

}
