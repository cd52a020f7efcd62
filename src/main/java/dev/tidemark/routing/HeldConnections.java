package dev.tidemark.routing;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import dev.tidemark.wal.SqlStates;
import org.jspecify.annotations.Nullable;

/**
 * The servers' connections that a logical connection holds: the current one, and those
 * that are kept because a statement from outside a transaction is still open on them. Not
 * thread-safe.
 */
final class HeldConnections {

	private final List<ServerConnection> kept = new ArrayList<>(0);

	private @Nullable ServerConnection current;

	@Nullable ServerConnection current() {
		return this.current;
	}

	boolean holds(@Nullable ServerConnection connection) {
		return connection != null && (connection == this.current || this.kept.contains(connection));
	}

	/**
	 * Make the connection to a server the current one, and give back those that nothing
	 * needs.
	 * @param target the name of the server
	 * @return the connection, {@code null} if none to that server is held
	 * @throws SQLException if a connection can't be given back
	 */
	@Nullable ServerConnection switchTo(String target) throws SQLException {
		if (this.current == null || !this.current.target().equals(target)) {
			leave();
			ServerConnection kept = takeKept((connection) -> connection.target().equals(target));
			if (kept == null || isOfUse(kept)) {
				this.current = kept;
			}
			else {
				kept.leave();
			}
		}
		return this.current;
	}

	/**
	 * A replica serves as well on another connection if this one is lost. One to the
	 * primary may have had a state of its own.
	 */
	private static boolean isOfUse(ServerConnection kept) throws SQLException {
		return endQuestion(kept) || kept.isPrimary();
	}

	/**
	 * A connection is kept only outside of transactions. The driver may have begun one
	 * since, to ask for the columns of a result.
	 * @return {@code false} if the connection is lost
	 */
	private static boolean endQuestion(ServerConnection kept) throws SQLException {
		try {
			if (!kept.isLost() && kept.isInTransaction() && !kept.connection().getAutoCommit()) {
				kept.connection().rollback();
			}
		}
		catch (SQLException ex) {
			if (!SqlStates.isLost(ex)) {
				throw ex;
			}
		}
		return !kept.isLost();
	}

	/**
	 * Do something with each connection that is not lost.
	 */
	void each(SqlAction<ServerConnection> action) throws SQLException {
		for (ServerConnection connection : this.kept) {
			each(action, connection);
		}
		each(action, this.current);
	}

	private static void each(SqlAction<ServerConnection> action, @Nullable ServerConnection connection)
			throws SQLException {
		if (connection != null && !connection.isLost()) {
			action.apply(connection);
		}
	}

	void add(ServerConnection connection) {
		this.current = connection;
	}

	private void leave() throws SQLException {
		keepCurrent();
		endAll((connection) -> !connection.hasOpenStatements(), ServerConnection::leave);
	}

	private void keepCurrent() {
		if (this.current != null) {
			this.kept.add(this.current);
			this.current = null;
		}
	}

	/**
	 * Give back the current connection, on which a read has failed.
	 */
	void releaseCurrent() throws SQLException {
		ServerConnection failed = this.current;
		this.current = null;
		if (failed != null) {
			failed.leave();
		}
	}

	/**
	 * Close the current connection, whatever runs on it.
	 */
	void discardCurrent() {
		ServerConnection current = this.current;
		this.current = null;
		if (current != null) {
			current.discard();
		}
	}

	void releaseAll() throws SQLException {
		keepCurrent();
		endAll((connection) -> true, ServerConnection::release);
	}

	private void endAll(Predicate<ServerConnection> which, SqlAction<ServerConnection> end) throws SQLException {
		ServerConnection connection = takeKept(which);
		if (connection != null) {
			try {
				end.apply(connection);
			}
			finally {
				endAll(which, end);
			}
		}
	}

	private @Nullable ServerConnection takeKept(Predicate<ServerConnection> which) {
		for (ServerConnection connection : this.kept) {
			if (which.test(connection)) {
				this.kept.remove(connection);
				return connection;
			}
		}
		return null;
	}

}
