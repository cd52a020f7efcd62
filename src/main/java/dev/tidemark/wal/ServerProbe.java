package dev.tidemark.wal;

import java.sql.SQLException;

/**
 * Asks one server for its position, on a connection that nothing else uses. Asked by one
 * thread at a time; another may close it meanwhile.
 */
public interface ServerProbe {

	/**
	 * Ask the server.
	 * @return what it said
	 * @throws SQLException if it did not answer in time, or with an error
	 */
	ServerSample ask() throws SQLException;

	/**
	 * Close the connection, also one that is being opened or used. Never throws; called
	 * once, at the end.
	 */
	void close();

}
