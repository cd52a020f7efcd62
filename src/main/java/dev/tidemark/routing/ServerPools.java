package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.tidemark.wal.Positions;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.ServerSample;
import org.postgresql.core.BaseConnection;

/**
 * Takes connections from the pools, and asks each server who it is when a connection to
 * it is used for the first time. Thread-safe.
 * <p>
 * A pool may hand out a connection to a server that was restarted, promoted or replaced
 * since the monitor last asked. A connection does not survive any of that, so asking once
 * on each is enough.
 */
final class ServerPools {

	private static final String INSUFFICIENT_PRIVILEGE = "42501";

	private final HikariDataSource primary;

	private final Map<String, HikariDataSource> replicas;

	private final ReplicationMonitor monitor;

	private final Positions positions;

	private final Map<Connection, ServerSample> firstAnswers = Collections.synchronizedMap(new WeakHashMap<>());

	private final Set<Connection> silent = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

	private final ConnectionFacts facts;

	private final ReplicaLoans loans = new ReplicaLoans();

	private final PoolRoom room;

	ServerPools(HikariDataSource primary, Map<String, HikariDataSource> replicas, ReplicationMonitor monitor,
			Positions positions) {
		this.positions = positions;
		this.primary = primary;
		this.replicas = Map.copyOf(replicas);
		this.room = new PoolRoom(this.replicas);
		this.monitor = monitor;
		this.facts = new ConnectionFacts(primary);
		monitor.listen(this.loans::check);
	}

	/**
	 * Tells which replicas have a connection to give.
	 */
	PoolRoom room() {
		return this.room;
	}

	ConnectionFacts facts() {
		return this.facts;
	}

	/**
	 * Take a connection to the primary.
	 * @return the connection
	 * @throws SQLException if there is none to be had, or the server is in recovery
	 */
	ServerConnection primary() throws SQLException {
		Connection connection = this.primary.getConnection();
		try {
			if (!this.firstAnswers.containsKey(physical(connection)) && !this.silent.contains(physical(connection))) {
				askPrimary(connection);
			}
			return new ServerConnection(Decision.PRIMARY, this.primary, connection, physical(connection));
		}
		catch (SQLException | RuntimeException ex) {
			discard(this.primary, connection);
			throw ex;
		}
	}

	/**
	 * A role that may not read positions may still use the primary.
	 */
	private void askPrimary(Connection connection) throws SQLException {
		try {
			ServerSample sample = ask(connection);
			this.monitor.primaryAnswered(sample);
			if (sample.inRecovery()) {
				throw new SQLNonTransientConnectionException("The server at the primary's address "
						+ "(spring.datasource.url) is in recovery: it is a replica. Point the URL at the primary; "
						+ "with several hosts in it, add targetServerType=primary.", "08004");
			}
		}
		catch (SQLException ex) {
			if (!INSUFFICIENT_PRIVILEGE.equals(ex.getSQLState())) {
				throw ex;
			}
			if (!connection.getAutoCommit()) {
				connection.rollback();
			}
			this.silent.add(physical(connection));
		}
	}

	/**
	 * Return whether the primary's pool has a connection that nobody uses.
	 * @return {@code false} also if the pool has not been started
	 */
	boolean hasIdlePrimary() {
		HikariPoolMXBean pool = this.primary.getHikariPoolMXBean();
		return pool != null && pool.getIdleConnections() > 0;
	}

	/**
	 * Take a connection to a replica.
	 * @param name the name of the replica
	 * @return the connection, and whether the monitor has learnt about the server by it
	 * @throws SQLException if there is none to be had
	 */
	Replica replica(String name) throws SQLException {
		HikariDataSource pool = this.replicas.get(name);
		if (pool == null) {
			throw new IllegalArgumentException(
					"there is no replica '" + name + "'; the replicas are " + this.replicas.keySet());
		}
		Connection connection = pool.getConnection();
		ServerSample firstAnswer = this.firstAnswers.get(physical(connection));
		while (firstAnswer != null && !this.monitor.isCurrentRun(name, firstAnswer)) {
			discard(pool, connection);
			connection = pool.getConnection();
			firstAnswer = this.firstAnswers.get(physical(connection));
		}
		this.loans.began(name, connection);
		if (firstAnswer != null) {
			return new Replica(loan(name, pool, connection), false);
		}
		try {
			this.monitor.replicaAnswered(name, ask(connection));
			return new Replica(loan(name, pool, connection), true);
		}
		catch (SQLException | RuntimeException ex) {
			this.loans.ended(name, connection);
			discard(pool, connection);
			throw ex;
		}
	}

	private ServerConnection loan(String name, HikariDataSource pool, Connection connection) throws SQLException {
		return new ServerConnection(name, pool, connection, physical(connection)).onRelease(() -> {
			this.loans.ended(name, connection);
			this.room.freed();
		});
	}

	private ServerSample ask(Connection connection) throws SQLException {
		ServerSample sample = ServerSample.take(connection, this.positions);
		this.facts.learn(physical(connection));
		if (!connection.getAutoCommit()) {
			connection.rollback();
		}
		this.firstAnswers.put(physical(connection), sample);
		return sample;
	}

	/**
	 * The pool's own object is another one at each loan.
	 */
	private static BaseConnection physical(Connection connection) throws SQLException {
		return connection.unwrap(BaseConnection.class);
	}

	private static void discard(HikariDataSource pool, Connection connection) {
		pool.evictConnection(connection);
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
