package dev.tidemark.routing;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.tidemark.wal.DaemonThreads;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Tells which replicas' pools have no connection to give at once, so that no read waits
 * for a pool while another server could serve it. Thread-safe.
 * <p>
 * A pool grows only for somebody who waits. As no read does, a thread of its own waits in
 * their place.
 */
final class PoolRoom {

	private static final Log logger = LogFactory.getLog(PoolRoom.class);

	private static final String TOO_MANY_CONNECTIONS = "53300";

	/**
	 * How long a pool that could not be started is left alone.
	 */
	private static final long REFUSAL = TimeUnit.MILLISECONDS.toNanos(500);

	/**
	 * A pool tells nobody that it has opened a connection, and what one read was waiting
	 * for may be of no use to the one that is woken.
	 */
	private static final long LOOK_AGAIN = TimeUnit.MILLISECONDS.toNanos(10);

	private final Map<String, HikariDataSource> pools;

	private final Predicate<String> reachable;

	private final Map<String, Long> refusals = new ConcurrentHashMap<>();

	private final Set<String> growing = ConcurrentHashMap.newKeySet();

	private final ExecutorService growers = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 1, TimeUnit.MINUTES,
			new SynchronousQueue<>(), new DaemonThreads("tidemark-pool"), new ThreadPoolExecutor.DiscardPolicy());

	private final AtomicInteger waiting = new AtomicInteger();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition freed = this.lock.newCondition();

	/**
	 * Create the rooms of some pools.
	 * @param pools the pools, by the names of the replicas
	 * @param reachable tells whether a replica answers. One that does not is not asked
	 * for connections any faster than its pool asks by itself
	 */
	PoolRoom(Map<String, HikariDataSource> pools, Predicate<String> reachable) {
		this.pools = pools;
		this.reachable = reachable;
	}

	/**
	 * Return whether an exception says that there is no connection to be had now, which
	 * the server may not be to blame for.
	 */
	static boolean isRefusal(SQLException ex) {
		return ex instanceof SQLTransientConnectionException || TOO_MANY_CONNECTIONS.equals(ex.getSQLState());
	}

	/**
	 * Take note that a pool gave no connection.
	 */
	void refused(String replica) {
		this.refusals.put(replica, System.nanoTime());
	}

	/**
	 * Return the names of the replicas that have no connection to give at once.
	 */
	Set<String> full() {
		return this.pools.keySet().stream().filter(this::isFull).collect(Collectors.toSet());
	}

	boolean isFull(String replica) {
		HikariDataSource pool = this.pools.get(replica);
		HikariPoolMXBean started = (pool != null) ? pool.getHikariPoolMXBean() : null;
		if (pool == null || started == null) {
			Long refusedAt = this.refusals.get(replica);
			return refusedAt != null && System.nanoTime() - refusedAt < REFUSAL;
		}
		if (started.getIdleConnections() > 0) {
			return false;
		}
		if (started.getTotalConnections() < pool.getMaximumPoolSize() && this.growing.add(replica)) {
			this.growers.execute(() -> grow(replica, pool));
		}
		return true;
	}

	private void grow(String replica, HikariDataSource pool) {
		try {
			pool.getConnection().close();
		}
		catch (SQLException ex) {
			logger.debug("The pool of replica '" + replica + "' can't grow", ex);
			if (this.reachable.test(replica)) {
				PoolRetries.next(pool);
			}
		}
		finally {
			this.growing.remove(replica);
			freed();
		}
	}

	/**
	 * Take note that a connection was given back.
	 */
	void freed() {
		if (this.waiting.get() > 0) {
			this.lock.lock();
			try {
				this.freed.signal();
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	/**
	 * Let no pool grow any more.
	 */
	void close() {
		this.growers.shutdownNow();
	}

	/**
	 * Return how long a replica's pool would let a read wait.
	 * @param replica its name
	 * @return nanoseconds
	 */
	long patience(String replica) {
		HikariDataSource pool = this.pools.get(replica);
		return (pool != null) ? TimeUnit.MILLISECONDS.toNanos(pool.getConnectionTimeout()) : 0;
	}

	/**
	 * Wait until a connection is given back, but not for long.
	 * @return {@code false} if the thread was interrupted, whose flag is then set
	 */
	boolean await() {
		this.waiting.incrementAndGet();
		this.lock.lock();
		try {
			this.freed.awaitNanos(LOOK_AGAIN);
			return true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		finally {
			this.lock.unlock();
			this.waiting.decrementAndGet();
		}
	}

}
