package dev.tidemark.routing;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

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
			this.current = takeKept((connection) -> connection.target().equals(target));
			endQuestion(this.current);
		}
		return this.current;
	}

	/**
	 * A connection is kept only outside of transactions. The driver may have begun one
	 * since, to ask for the columns of a result.
	 */
	private static void endQuestion(@Nullable ServerConnection kept) throws SQLException {
		if (kept != null && !kept.isLost() && kept.isInTransaction() && !kept.connection().getAutoCommit()) {
			kept.connection().rollback();
		}
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
		if (this.current != null) {
			this.kept.add(this.current);
			this.current = null;
		}
		releaseAll((connection) -> !connection.hasOpenStatements());
	}

	/**
	 * Give back the current connection, on which a read has failed.
	 */
	void releaseCurrent() throws SQLException {
		ServerConnection failed = this.current;
		this.current = null;
		if (failed != null) {
			failed.release();
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
		leave();
		releaseAll((connection) -> true);
	}

	private void releaseAll(Predicate<ServerConnection> which) throws SQLException {
		ServerConnection connection = takeKept(which);
		if (connection != null) {
			try {
				connection.release();
			}
			finally {
				releaseAll(which);
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
