package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ForkJoinPool;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.PrimaryProblem;
import dev.tidemark.wal.PrimaryStatus;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.ServerSample;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.util.PSQLException;

/**
 * Takes connections to the primary, and none to a server that is not the primary any
 * more. Does not wait for a primary that is known to be away. Thread-safe.
 */
final class PrimaryConnections {

	private static final String INSUFFICIENT_PRIVILEGE = "42501";

	/**
	 * How long a connection may take, in milliseconds, when only those that the pool has
	 * can work.
	 */
	private static final long PATIENCE = 250;

	private final HikariDataSource configured;

	private final PromotedPools promoted;

	private final ReplicationMonitor monitor;

	private final FirstAnswers firstAnswers;

	private final PoolWaits waits = new PoolWaits();

	/**
	 * Connections of a role that may not read positions.
	 */
	private final Set<Connection> silent = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

	private volatile PrimaryStatus last;

	PrimaryConnections(HikariDataSource configured, Map<String, HikariDataSource> replicas, ReplicationMonitor monitor,
			FirstAnswers firstAnswers) {
		this.configured = configured;
		this.promoted = new PromotedPools(configured, replicas);
		this.monitor = monitor;
		this.firstAnswers = firstAnswers;
		this.last = monitor.status().primary();
		monitor.listen(this::changed);
	}

	/**
	 * Take a connection to the primary. The pool may have several that lead elsewhere, if
	 * its address has.
	 * @return the connection
	 * @throws PrimaryAwayException if there can be none now
	 * @throws SQLException if there is none to be had
	 */
	ServerConnection take() throws SQLException {
		int wrong = 0;
		while (true) {
			String server = this.monitor.status().primary().server();
			HikariDataSource pool = pool(server);
			Connection connection = take(server, pool);
			if (connection != null) {
				PrimaryProblem problem = checked(server, pool, connection);
				if (problem == null) {
					return loan(pool, connection);
				}
				pool.evictConnection(connection);
				if (wrong++ > pool.getMaximumPoolSize()) {
					throw away(server, problem, null);
				}
			}
		}
	}

	/**
	 * What has used a connection got answers, if it has not lost it.
	 */
	private ServerConnection loan(HikariDataSource pool, Connection connection) throws SQLException {
		BaseConnection physical = physical(pool, connection);
		return new ServerConnection(Decision.PRIMARY, pool, connection, physical).onRelease(() -> {
			if (!isClosed(physical)) {
				this.monitor.primaryUsed();
			}
		});
	}

	private static BaseConnection physical(HikariDataSource pool, Connection connection) throws SQLException {
		try {
			return FirstAnswers.physical(connection);
		}
		catch (SQLException | RuntimeException | Error ex) {
			pool.evictConnection(connection);
			throw ex;
		}
	}

	private static boolean isClosed(Connection connection) {
		try {
			return connection.isClosed();
		}
		catch (SQLException ex) {
			return true;
		}
	}

	/**
	 * A connection that is lost when it is asked who it leads to is one of no use, as one
	 * that leads elsewhere.
	 */
	private @Nullable PrimaryProblem checked(String server, HikariDataSource pool, Connection connection)
			throws SQLException {
		try {
			return check(server, connection);
		}
		catch (PSQLException ex) {
			if (ReadFailure.of(ex) == ReadFailure.LOST) {
				return PrimaryProblem.REFUSED;
			}
			pool.evictConnection(connection);
			throw ex;
		}
		catch (SQLException | RuntimeException | Error ex) {
			pool.evictConnection(connection);
			throw ex;
		}
	}

	private HikariDataSource pool() {
		return pool(this.monitor.status().primary().server());
	}

	private HikariDataSource pool(String server) {
		return server.equals(PrimaryStatus.CONFIGURED) ? this.configured : this.promoted.of(server);
	}

	/**
	 * Take a connection of a pool.
	 * @return the connection, {@code null} if it makes sense to look for a pool again
	 */
	private @Nullable Connection take(String server, HikariDataSource pool) throws SQLException {
		PrimaryProblem problem = this.monitor.status().primary().problem();
		if (problem == PrimaryProblem.SILENT || (problem == PrimaryProblem.REFUSED && !hasIdle(pool))) {
			throw away(server, problem, null);
		}
		return (problem == PrimaryProblem.REFUSED) ? takeOneThatWorks(server, pool, problem)
				: this.waits.take(pool, () -> isStill(server, problem));
	}

	private boolean isStill(String server, @Nullable PrimaryProblem problem) {
		PrimaryStatus primary = this.monitor.status().primary();
		return primary.server().equals(server) && primary.problem() == problem;
	}

	private static PrimaryAwayException away(String server, PrimaryProblem problem, @Nullable Throwable cause) {
		return new PrimaryAwayException(
				server.equals(PrimaryStatus.CONFIGURED) ? "the primary's address (spring.datasource.url)"
						: "the address of replica '" + server + "', which was promoted,",
				problem, cause);
	}

	/**
	 * HikariCP does not look at a connection that was used just now.
	 */
	private Connection takeOneThatWorks(String server, HikariDataSource pool, PrimaryProblem problem)
			throws SQLException {
		while (true) {
			Connection connection;
			try {
				connection = PoolWaits.takeSoon(pool, PATIENCE);
			}
			catch (SQLException ex) {
				throw away(server, problem, ex);
			}
			if (connection.isValid(1)) {
				return connection;
			}
			pool.evictConnection(connection);
		}
	}

	/**
	 * Return why a connection is not one to the primary, {@code null} if it is.
	 */
	private @Nullable PrimaryProblem check(String server, Connection connection) throws SQLException {
		ServerSample first = this.firstAnswers.of(connection);
		if (first != null) {
			return this.monitor.whyNotPrimary(first);
		}
		return this.silent.contains(FirstAnswers.physical(connection)) ? null : ask(server, connection);
	}

	/**
	 * A role that may not read positions may still use the primary.
	 */
	private @Nullable PrimaryProblem ask(String server, Connection connection) throws SQLException {
		try {
			return this.monitor.primaryAnswered(server, this.firstAnswers.ask(connection));
		}
		catch (SQLException ex) {
			if (!INSUFFICIENT_PRIVILEGE.equals(ex.getSQLState())) {
				throw ex;
			}
			if (!connection.getAutoCommit()) {
				connection.rollback();
			}
			this.silent.add(FirstAnswers.physical(connection));
			return null;
		}
	}

	/**
	 * Return whether a connection that was taken before leads to the primary still, as
	 * far as that is known here.
	 */
	boolean isCurrent(ServerConnection connection) throws SQLException {
		ServerSample first = this.firstAnswers.of(connection.connection());
		return first == null || this.monitor.whyNotPrimary(first) == null;
	}

	/**
	 * Return whether another server was promoted since a connection was opened.
	 */
	boolean isSuperseded(ServerConnection connection) throws SQLException {
		ServerSample first = this.firstAnswers.of(connection.connection());
		return first != null && this.monitor.whyNotPrimary(first) == PrimaryProblem.OLD_TIMELINE;
	}

	/**
	 * Return whether it makes no sense to wait for a connection.
	 */
	boolean isAway() {
		PrimaryStatus primary = this.monitor.status().primary();
		PrimaryProblem problem = primary.problem();
		if (primary.reachable() || (problem != null && problem.mayServe())) {
			return false;
		}
		return problem == PrimaryProblem.SILENT || !hasIdle(pool());
	}

	/**
	 * Have new connections taken instead of those that nobody uses.
	 */
	void evictIdle() {
		HikariPoolMXBean pool = pool().getHikariPoolMXBean();
		if (pool != null) {
			pool.softEvictConnections();
		}
	}

	/**
	 * Return whether there is a connection that nobody uses.
	 * @return {@code false} also if the pool has not been started
	 */
	boolean hasIdle() {
		return hasIdle(pool());
	}

	private static boolean hasIdle(HikariDataSource pool) {
		HikariPoolMXBean started = pool.getHikariPoolMXBean();
		return started != null && started.getIdleConnections() > 0;
	}

	/**
	 * Called on the threads of the monitor, which must not wait.
	 */
	private void changed(ClusterStatus status) {
		PrimaryStatus before = this.last;
		PrimaryStatus now = status.primary();
		this.last = now;
		if (!now.server().equals(before.server())) {
			this.waits.end();
		}
		if (this.promoted.isOutOfStep(now.server())) {
			ForkJoinPool.commonPool().execute(() -> this.promoted.keep(this.monitor.status().primary().server()));
		}
		if (now.reachable() && !before.reachable()) {
			ForkJoinPool.commonPool().execute(() -> PoolRetries.now(pool()));
		}
		else if (now.isAway() && !before.isAway()) {
			ForkJoinPool.commonPool().execute(() -> wentAway(now));
		}
	}

	/**
	 * What waits for a connection of a silent server to be validated goes on when the
	 * others are gone.
	 */
	private void wentAway(PrimaryStatus primary) {
		HikariPoolMXBean started = pool().getHikariPoolMXBean();
		if (primary.problem() == PrimaryProblem.SILENT && started != null) {
			started.softEvictConnections();
		}
		this.waits.end();
	}

	/**
	 * Close the pools that are not the application's.
	 */
	void close() {
		this.waits.close();
		this.promoted.close();
	}

}
