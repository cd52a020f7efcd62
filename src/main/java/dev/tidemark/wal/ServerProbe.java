package dev.tidemark.wal;

import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

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
	 * Ask on a new connection from now on, unless this one is new. Called by the thread
	 * that asks.
	 */
	default void reconnect() {
	}

	/**
	 * Return the address of the server that was asked last.
	 * @return host and port, {@code null} if it is not known
	 */
	default @Nullable String address() {
		return null;
	}

	/**
	 * Close the connection, also one that is being opened or used. Never throws; called
	 * once, at the end.
	 */
	void close();

}
