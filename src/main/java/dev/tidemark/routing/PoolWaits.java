package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import dev.tidemark.wal.DaemonThreads;
import org.jspecify.annotations.Nullable;

/**
 * Takes connections from pools, and ends the waits for them when they are of no use any
 * more. Thread-safe.
 * <p>
 * HikariCP ends a wait early only for an interrupt, and nobody could tell that from one
 * of the application's. So a thread of its own waits in the place of the application's,
 * which is never interrupted here. HikariCP's leak detection names that thread for a
 * connection that was waited for. Waits for a pool that is a subclass of the
 * application's are not ended.
 * <p>
 * While the process is stopped, no connection can come back. A wait goes on for that
 * long: of who waits here, not of who waits for such a subclass.
 */
final class PoolWaits {

	/**
	 * What more threads wait for, they wait for themselves: those waits are not ended.
	 */
	private static final int MOST_THREADS = 256;

	/**
	 * How long a connection that the pool has may take, in milliseconds.
	 */
	private static final long AT_ONCE = 100;

	private final Set<PoolWait> waits = ConcurrentHashMap.newKeySet();

	private final AtomicInteger takers = new AtomicInteger();

	private final ThreadPoolExecutor threads = new ThreadPoolExecutor(0, MOST_THREADS, 10, TimeUnit.SECONDS,
			new SynchronousQueue<>(), new DaemonThreads("tidemark-pool-wait"));

	/**
	 * Take a connection, and wait for it for as long as the pool does.
	 * @param pool the pool
	 * @param useful whether the wait is still of use. Who has it ended by {@link #end()}
	 * may do so before it has begun.
	 * @return the connection, {@code null} if the wait was ended, or is of no use
	 * @throws SQLException if the pool has given up, or the thread was interrupted, whose
	 * flag is then set
	 */
	@Nullable Connection take(HikariDataSource pool, BooleanSupplier useful) throws SQLException {
		if (!isPlain(pool)) {
			return pool.getConnection();
		}
		PoolWait wait = new PoolWait(pool);
		SQLException gaveUp = null;
		while (true) {
			try {
				return take(pool, wait, useful);
			}
			catch (SQLTransientConnectionException ex) {
				if (gaveUp != null) {
					ex.addSuppressed(gaveUp);
				}
				gaveUp = ex;
				wait = wait.rest();
				if (wait == null) {
					throw ex;
				}
			}
		}
	}

	private @Nullable Connection take(HikariDataSource pool, PoolWait wait, BooleanSupplier useful)
			throws SQLException {
		this.waits.add(wait);
		try {
			Connection connection = takeIdle(pool);
			if (connection != null || !useful.getAsBoolean()) {
				return connection;
			}
			this.threads.execute(wait.task());
			return wait.await();
		}
		catch (RejectedExecutionException ex) {
			return takeSoon(pool, wait.patience());
		}
		finally {
			this.waits.remove(wait);
		}
	}

	/**
	 * Take a connection that nobody uses or waits for.
	 */
	private @Nullable Connection takeIdle(HikariDataSource pool) throws SQLException {
		int others = this.takers.getAndIncrement();
		try {
			boolean isThere = pool.getHikariPoolMXBean() instanceof HikariPool started
					&& started.getThreadsAwaitingConnection() == 0 && started.getIdleConnections() > others;
			return isThere ? takeSoon(pool, AT_ONCE) : null;
		}
		catch (SQLTransientConnectionException ex) {
			return null;
		}
		finally {
			this.takers.decrementAndGet();
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
		return (pool.getHikariPoolMXBean() instanceof HikariPool started && !pool.isClosed() && isPlain(pool))
				? started.getConnection(patience) : pool.getConnection();
	}

	/**
	 * The application may have a kind of pool of its own, which does something to each
	 * connection, perhaps by what it knows of the current thread.
	 */
	private static boolean isPlain(HikariDataSource pool) {
		return pool.getClass() == HikariDataSource.class || pool instanceof PromotedPool;
	}

	/**
	 * End all waits.
	 */
	void end() {
		this.waits.forEach(PoolWait::end);
	}

	/**
	 * End no more waits. Who waits goes on to.
	 */
	void close() {
		this.threads.shutdown();
	}

}
