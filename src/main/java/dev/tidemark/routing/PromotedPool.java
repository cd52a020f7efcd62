package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.pool.HikariPool;

/**
 * A pool that can be emptied while its server is not the primary. Closing it would end
 * the transactions that run on it, and those of who takes a connection meanwhile. Only
 * giving connections is thread-safe, and asking about them.
 */
final class PromotedPool extends HikariDataSource {

	private volatile boolean emptied;

	private int minimumIdle;

	/**
	 * HikariCP leaves a pool open that is closed while it starts.
	 */
	@Override
	public Connection getConnection() throws SQLException {
		try {
			return super.getConnection();
		}
		finally {
			if (isClosed() && getHikariPoolMXBean() instanceof HikariPool started
					&& started.poolState != HikariPool.POOL_SHUTDOWN) {
				shutDown(started);
			}
		}
	}

	private static void shutDown(HikariPool pool) {
		try {
			pool.shutdown();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	boolean isEmptied() {
		return this.emptied;
	}

	/**
	 * Return whether there is something to empty. Who has looked for the primary before
	 * may take a connection afterwards.
	 */
	boolean hasConnectionsToClose() {
		HikariPoolMXBean started = getHikariPoolMXBean();
		return started != null && (!this.emptied || started.getIdleConnections() > 0);
	}

	/**
	 * Close the connections, each that is in use when it is given back, and open none but
	 * for who waits.
	 */
	void empty() {
		HikariPoolMXBean started = getHikariPoolMXBean();
		if (started == null) {
			return;
		}
		if (!this.emptied) {
			this.minimumIdle = getMinimumIdle();
			setMinimumIdle(0);
			this.emptied = true;
		}
		started.softEvictConnections();
	}

	/**
	 * Keep connections again.
	 */
	void fill() {
		if (this.emptied) {
			setMinimumIdle(this.minimumIdle);
			this.emptied = false;
		}
	}

}
