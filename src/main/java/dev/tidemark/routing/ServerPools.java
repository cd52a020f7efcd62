package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.wal.Positions;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.ServerSample;

/**
 * Takes connections from the pools, and asks each server who it is when a connection to
 * it is used for the first time. Thread-safe.
 */
final class ServerPools {

	private final Map<String, HikariDataSource> replicas;

	private final ReplicationMonitor monitor;

	private final ConnectionFacts facts;

	private final FirstAnswers firstAnswers;

	private final PrimaryConnections primary;

	private final ReplicaLoans loans = new ReplicaLoans();

	private final PoolRoom room;

	ServerPools(HikariDataSource primary, Map<String, HikariDataSource> replicas, ReplicationMonitor monitor,
			Positions positions) {
		this.replicas = Map.copyOf(replicas);
		this.monitor = monitor;
		this.room = new PoolRoom(this.replicas, this::isReachable);
		this.facts = new ConnectionFacts(primary);
		this.firstAnswers = new FirstAnswers(positions, this.facts);
		this.primary = new PrimaryConnections(primary, this.replicas, monitor, this.firstAnswers);
		monitor.listen(this.loans::check);
		monitor.listen(new PoolRetries(this.replicas, monitor.status())::changed);
	}

	private boolean isReachable(String replica) {
		return this.monitor.status()
			.replica(replica)
			.map((status) -> status.state() != ReplicaState.UNREACHABLE)
			.orElse(false);
	}

	/**
	 * Tells which replicas have a connection to give.
	 */
	PoolRoom room() {
		return this.room;
	}

	/**
	 * Close what was opened here: the replicas' own pools are the application's beans.
	 */
	void close() {
		this.room.close();
		this.primary.close();
	}

	ConnectionFacts facts() {
		return this.facts;
	}

	/**
	 * Take a connection to the primary.
	 * @return the connection
	 * @throws SQLException if there is none to be had, or the server is not the primary
	 */
	ServerConnection primary() throws SQLException {
		return this.primary.take();
	}

	PrimaryConnections primaryConnections() {
		return this.primary;
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
		while (true) {
			Connection connection = pool.getConnection();
			try {
				ServerSample firstAnswer = this.firstAnswers.of(connection);
				if (firstAnswer == null || this.monitor.isCurrentRun(name, firstAnswer)) {
					return lend(name, pool, connection, firstAnswer == null);
				}
			}
			catch (SQLException | RuntimeException | Error ex) {
				discard(pool, connection);
				throw ex;
			}
			discard(pool, connection);
		}
	}

	private Replica lend(String name, HikariDataSource pool, Connection connection, boolean first) throws SQLException {
		this.loans.began(name, connection);
		try {
			if (first) {
				this.monitor.replicaAnswered(name, this.firstAnswers.ask(connection));
			}
			return new Replica(loan(name, pool, connection), first);
		}
		catch (SQLException | RuntimeException | Error ex) {
			this.loans.ended(name, connection);
			throw ex;
		}
	}

	private ServerConnection loan(String name, HikariDataSource pool, Connection connection) throws SQLException {
		return new ServerConnection(name, pool, connection, FirstAnswers.physical(connection)).onRelease(() -> {
			this.loans.ended(name, connection);
			this.room.freed();
		});
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
