package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;

import javax.sql.DataSource;

import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.ServerSample;

/**
 * Takes connections from the pools, and asks each server who it is when a connection to
 * it is used for the first time. Thread-safe.
 * <p>
 * A pool may hand out a connection to a server that was restarted, promoted or replaced
 * since the monitor last asked. A connection does not survive any of that, so asking once
 * on each is enough.
 */
final class ServerPools {

	private final DataSource primary;

	private final Map<String, DataSource> replicas;

	private final ReplicationMonitor monitor;

	private final Set<Connection> checked = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

	ServerPools(DataSource primary, Map<String, DataSource> replicas, ReplicationMonitor monitor) {
		this.primary = primary;
		this.replicas = Map.copyOf(replicas);
		this.monitor = monitor;
	}

	/**
	 * Take a connection to the primary.
	 * @return the connection
	 * @throws SQLException if there is none to be had, or the server is in recovery
	 */
	ServerConnection primary() throws SQLException {
		Connection connection = this.primary.getConnection();
		try {
			if (this.checked.add(physical(connection))) {
				ServerSample sample = ask(connection);
				this.monitor.primaryAnswered(sample);
				if (sample.inRecovery()) {
					throw new SQLNonTransientConnectionException("The server at the primary's address "
							+ "(spring.datasource.url) is in recovery: it is a replica. Point the URL at the primary; "
							+ "with several hosts in it, add targetServerType=primary.", "08004");
				}
			}
			return new ServerConnection(Decision.PRIMARY, connection);
		}
		catch (SQLException | RuntimeException ex) {
			discard(connection);
			throw ex;
		}
	}

	/**
	 * Take a connection to a replica.
	 * @param name the name of the replica
	 * @return the connection, and whether the monitor has learnt about the server by it
	 * @throws SQLException if there is none to be had
	 */
	Replica replica(String name) throws SQLException {
		DataSource pool = this.replicas.get(name);
		if (pool == null) {
			throw new IllegalArgumentException(
					"there is no replica '" + name + "'; the replicas are " + this.replicas.keySet());
		}
		Connection connection = pool.getConnection();
		try {
			boolean first = this.checked.add(physical(connection));
			if (first) {
				this.monitor.replicaAnswered(name, ask(connection));
			}
			return new Replica(new ServerConnection(name, connection), first);
		}
		catch (SQLException | RuntimeException ex) {
			discard(connection);
			throw ex;
		}
	}

	private static ServerSample ask(Connection connection) throws SQLException {
		ServerSample sample = ServerSample.take(connection);
		if (!connection.getAutoCommit()) {
			connection.rollback();
		}
		return sample;
	}

	/**
	 * The pool's own object is another one at each loan.
	 */
	private static Connection physical(Connection connection) throws SQLException {
		return connection.isWrapperFor(org.postgresql.core.BaseConnection.class)
				? connection.unwrap(org.postgresql.core.BaseConnection.class) : connection;
	}

	/**
	 * The next loan of the same connection has to be checked again.
	 */
	private void discard(Connection connection) throws SQLException {
		this.checked.remove(physical(connection));
		connection.close();
	}

	/**
	 * A connection to a replica.
	 *
	 * @param connection the connection
	 * @param news whether the monitor has learnt about the server by it
	 */
	record Replica(ServerConnection connection, boolean news) {

	}

}
