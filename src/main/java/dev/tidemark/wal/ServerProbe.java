package dev.tidemark.wal;

import java.sql.SQLException;

/**
 * Asks one server for its position, on a connection that nothing else uses. Called by one
 * thread at a time.
 */
public interface ServerProbe {

	/**
	 * Ask the server.
	 * @return what it said
	 * @throws SQLException if it did not answer in time, or with an error
	 */
	ServerSample ask() throws SQLException;

	/**
	 * Give up the connection, if there is one. Never throws.
	 */
	void close();

}
