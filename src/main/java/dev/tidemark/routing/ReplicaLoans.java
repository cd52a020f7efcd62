package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;

import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Ends reads on a replica that has stopped answering, which would wait for as long as the
 * network lets them. What they throw has them repeated elsewhere. Thread-safe.
 */
final class ReplicaLoans {

	private static final Log logger = LogFactory.getLog(ReplicaLoans.class);

	/**
	 * How long ago the last question that was answered has to be. An answer may take a
	 * second.
	 */
	private static final long SILENCE = TimeUnit.MILLISECONDS.toNanos(1500);

	private final Map<String, Set<Connection>> loans = new ConcurrentHashMap<>();

	void began(String replica, Connection connection) {
		this.loans.computeIfAbsent(replica, (name) -> ConcurrentHashMap.newKeySet()).add(connection);
	}

	void ended(String replica, Connection connection) {
		this.loans.getOrDefault(replica, Set.of()).remove(connection);
	}

	/**
	 * End the reads on replicas that have stopped answering.
	 * @param status what is known of the servers
	 */
	void check(ClusterStatus status) {
		long now = System.nanoTime();
		for (ReplicaStatus replica : status.replicas()) {
			if (replica.state() == ReplicaState.UNREACHABLE && replica.position() != null
					&& now - replica.sampledAt() > SILENCE) {
				abortAll(replica.name());
			}
		}
	}

	private void abortAll(String replica) {
		Set<Connection> silent = this.loans.getOrDefault(replica, Set.of());
		for (Connection connection : silent) {
			if (silent.remove(connection)) {
				abort(replica, connection);
			}
		}
	}

	/**
	 * Closing a socket may wait for who reads from it.
	 */
	private static void abort(String replica, Connection connection) {
		try {
			connection.abort(ForkJoinPool.commonPool());
		}
		catch (SQLException ex) {
			logger.debug("A connection to replica '" + replica + "' could not be ended", ex);
		}
	}

}
