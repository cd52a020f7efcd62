package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What an application has set on a logical connection, to be set on each server's
 * connection that it runs on. Not thread-safe.
 */
final class ConnectionSettings {

	private final Map<String, SqlAction<Connection>> recorded = new LinkedHashMap<>();

	private final Set<String> pending = new LinkedHashSet<>();

	/**
	 * Record a setting.
	 * @param name its name; a later one of the same name replaces it
	 * @param action sets it
	 */
	void record(String name, SqlAction<Connection> action) {
		this.recorded.put(name, action);
		this.pending.add(name);
	}

	/**
	 * Set everything on a connection that none of it was set on.
	 * @param connection the server's connection
	 * @throws SQLException if the server refuses
	 */
	void applyAll(Connection connection) throws SQLException {
		this.pending.addAll(this.recorded.keySet());
		applyPending(connection);
	}

	/**
	 * Set what was recorded since the last time.
	 * @param connection the server's connection
	 * @throws SQLException if the server refuses
	 */
	void applyPending(Connection connection) throws SQLException {
		for (Map.Entry<String, SqlAction<Connection>> setting : this.recorded.entrySet()) {
			if (this.pending.contains(setting.getKey())) {
				setting.getValue().apply(connection);
				this.pending.remove(setting.getKey());
			}
		}
	}

}
