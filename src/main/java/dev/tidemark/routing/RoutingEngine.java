package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.WriteDecisionOnReplicaException;
import dev.tidemark.marker.Markers;
import dev.tidemark.session.SessionContext;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * Carries out decisions for logical connections: takes the connection a transaction runs
 * on, and makes its commit known. Thread-safe.
 */
public final class RoutingEngine {

	private final SessionContext context;

	private final ReplicationMonitor monitor;

	private final ServerPools pools;

	private final int replicas;

	private final ReadRouter router;

	private final WriteRecorder recorder;

	private final RoutingListener listener;

	/**
	 * Create an engine.
	 * @param primary the primary's pool
	 * @param replicas the replicas' pools, by name
	 * @param monitor knows the positions of the servers
	 * @param markers knows what users have written
	 * @param context knows the current session
	 * @param settings what the application has set
	 * @param listeners are told what is decided
	 */
	public RoutingEngine(HikariDataSource primary, Map<String, HikariDataSource> replicas, ReplicationMonitor monitor,
			Markers markers, SessionContext context, RoutingSettings settings, List<RoutingListener> listeners) {
		this.context = context;
		this.monitor = monitor;
		this.pools = new ServerPools(primary, replicas, monitor);
		this.replicas = replicas.size();
		this.listener = new CompositeRoutingListener(listeners);
		ClusterMarkers clusterMarkers = new ClusterMarkers(markers, monitor);
		this.router = new ReadRouter(context, clusterMarkers, monitor, settings, this.listener);
		this.recorder = new WriteRecorder(context, clusterMarkers, monitor, settings.maxStaleness());
	}

	/**
	 * Start the pools of the replicas that answer, so that neither the first read nor the
	 * pools' metrics wait for it. A replica that does not answer starts with its first
	 * read.
	 */
	public void startPools() {
		for (ReplicaStatus replica : this.monitor.status().replicas()) {
			ServerPools.Replica taken = (replica.state() == ReplicaState.REPLICATING) ? takeReplica(replica.name())
					: null;
			try {
				release((taken != null) ? taken.connection() : null);
			}
			catch (SQLException ex) {
				this.monitor.replicaFailed(replica.name(), ex);
			}
		}
	}

	/**
	 * Decide where a transaction runs and take a connection there.
	 * @param transaction what the first statement runs in
	 * @param serializable whether the isolation level is SERIALIZABLE
	 * @param statement what the first statement may do
	 * @param held the connection that the logical connection holds from before; kept if
	 * it leads to the right server, else released; {@code null} if there is none
	 * @return the decision and the connection
	 * @throws SQLException if there is no connection to be had
	 */
	Routed begin(TransactionKind transaction, boolean serializable, StatementKind statement,
			@Nullable ServerConnection held) throws SQLException {
		ServerConnection current = held;
		try {
			for (int attempt = 0; attempt <= 2 * this.replicas; attempt++) {
				Decision decision = this.router.route(transaction, serializable, statement,
						(current != null) ? current.target() : null);
				if (current != null && current.target().equals(decision.target())) {
					return routed(decision, current);
				}
				release(current);
				current = null;
				if (decision.isPrimary()) {
					return routed(decision, this.pools.primary());
				}
				ServerPools.Replica replica = takeReplica(decision.target());
				if (replica != null && !replica.news()) {
					return routed(decision, replica.connection());
				}
				current = (replica != null) ? replica.connection() : null;
			}
		}
		catch (RuntimeException ex) {
			release(current);
			throw ex;
		}
		release(current);
		return routed(Decision.primary(Reason.NO_REPLICA), this.pools.primary());
	}

	private static void release(@Nullable ServerConnection connection) throws SQLException {
		if (connection != null) {
			connection.release();
		}
	}

	private ServerPools.@Nullable Replica takeReplica(String name) {
		try {
			return this.pools.replica(name);
		}
		catch (SQLException ex) {
			this.monitor.replicaFailed(name, ex);
			return null;
		}
	}

	private Routed routed(Decision decision, ServerConnection connection) {
		this.listener.onDecision(decision);
		if (!decision.isPrimary()) {
			TransactionRoute.readsReplica(decision.target());
		}
		return new Routed(decision, connection);
	}

	/**
	 * Take note of a transaction that stays on a server because it uses a statement that
	 * was prepared there before.
	 * @param connection the connection it stays on
	 * @return the decision and the connection
	 */
	Routed stay(ServerConnection connection) {
		return routed(Decision.primary(Reason.NO_TRANSACTION), connection);
	}

	/**
	 * Check that a statement may join a transaction that runs on a replica.
	 * @param replica the name of the replica
	 * @param statement what the statement may do
	 * @throws SQLException if it can't run there
	 * @throws WriteDecisionOnReplicaException if it decides a write
	 */
	void checkOnReplica(String replica, StatementKind statement) throws SQLException {
		String method = this.context.policy().decisionMethod();
		if (method != null) {
			throw new WriteDecisionOnReplicaException(method, replica);
		}
		if (statement == StatementKind.NEEDS_PRIMARY) {
			throw new SQLException("A statement that writes, locks or has another lasting effect can't run in a "
					+ "transaction that already runs on replica '" + replica + "'. Make the transaction read-write, or "
					+ "annotate its method with @ReadConsistency(level = ConsistencyLevel.PRIMARY).", "25006");
		}
	}

	/**
	 * Commit on the primary, and return when the commit can be missed by no later read of
	 * the current user.
	 * @param connection a connection to the primary, not in auto-commit mode
	 * @throws SQLException if the commit failed
	 */
	void commit(Connection connection) throws SQLException {
		if (!this.monitor.status().primary().reachable()) {
			// Nobody has seen the position be readable: let it not spoil the commit.
			connection.commit();
			committedByItself(connection);
			return;
		}
		WalPosition position = PositionedCommit.commit(connection);
		if (position != null) {
			this.recorder.committed(position);
		}
	}

	/**
	 * Record that a statement outside a transaction may have written.
	 * @param connection the connection to the primary that it ran on
	 */
	void committedByItself(Connection connection) {
		try {
			WalPosition position = PositionedCommit.position(connection);
			if (!connection.getAutoCommit()) {
				connection.rollback();
			}
			this.recorder.committed(position);
		}
		catch (SQLException ex) {
			this.recorder.committedSomewhere(ex);
		}
	}

	/**
	 * Where a transaction runs, and the connection to it.
	 *
	 * @param decision the decision
	 * @param connection the connection
	 */
	record Routed(Decision decision, ServerConnection connection) {

	}

}
