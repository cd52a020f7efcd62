package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Executor;

/**
 * A pooled connection to one server, on loan to a logical connection. Not thread-safe.
 *
 * @param target the name of the server
 * @param connection the pool's connection
 */
record ServerConnection(String target, Connection connection) {

	boolean isPrimary() {
		return Decision.PRIMARY.equals(this.target);
	}

	/**
	 * Give the connection back. The pool ends an open transaction and resets what was
	 * set.
	 */
	void release() throws SQLException {
		this.connection.close();
	}

	void abort(Executor executor) throws SQLException {
		this.connection.abort(executor);
	}

}
