package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import org.jspecify.annotations.Nullable;

/**
 * Takes connections from pools, and ends the waits for them when they are of no use any
 * more. HikariCP ends a wait early only for an interrupt. Thread-safe.
 */
final class PoolWaits {

	private final Set<Wait> waits = ConcurrentHashMap.newKeySet();

	/**
	 * Take a connection, and wait for it for as long as the pool does.
	 * @param pool the pool
	 * @return the connection, {@code null} if the wait was ended
	 * @throws SQLException if the pool has given up
	 */
	@Nullable Connection take(HikariDataSource pool) throws SQLException {
		Wait wait = new Wait(Thread.currentThread());
		this.waits.add(wait);
		try {
			Connection connection = pool.getConnection();
			wait.over();
			return connection;
		}
		catch (SQLException ex) {
			if (wait.over()) {
				return null;
			}
			throw ex;
		}
		finally {
			this.waits.remove(wait);
			wait.over();
		}
	}

	/**
	 * Take a connection that the pool has.
	 * @param pool the pool
	 * @param patience how long to wait at most, in milliseconds
	 * @return the connection
	 * @throws SQLException if there was none that works
	 */
	static Connection takeSoon(HikariDataSource pool, long patience) throws SQLException {
		return (pool.getHikariPoolMXBean() instanceof HikariPool started) ? started.getConnection(patience)
				: pool.getConnection();
	}

	/**
	 * End all waits.
	 */
	void end() {
		this.waits.forEach(Wait::end);
	}

	/**
	 * One thread that waits. The interrupt is for its wait only: it never gets out of
	 * this class.
	 */
	private static final class Wait {

		private final Thread thread;

		private final ReentrantLock lock = new ReentrantLock();

		private boolean over;

		private boolean ended;

		Wait(Thread thread) {
			this.thread = thread;
		}

		void end() {
			this.lock.lock();
			try {
				if (!this.over && !this.ended) {
					this.ended = true;
					this.thread.interrupt();
				}
			}
			finally {
				this.lock.unlock();
			}
		}

		/**
		 * Called by the thread itself.
		 * @return whether the wait was ended
		 */
		boolean over() {
			this.lock.lock();
			try {
				if (this.ended && !this.over) {
					Thread.interrupted();
				}
				this.over = true;
				return this.ended;
			}
			finally {
				this.lock.unlock();
			}
		}

	}

}
