package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import com.zaxxer.hikari.HikariDataSource;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * A wait for a connection by a thread in the place of another. What comes after the wait
 * is over goes back to the pool. Thread-safe.
 */
final class PoolWait {

	private static final Log logger = LogFactory.getLog(PoolWait.class);

	/**
	 * How long who waits looks away from the clock, in nanoseconds.
	 */
	private static final long GLANCE = TimeUnit.SECONDS.toNanos(1);

	private final HikariDataSource pool;

	/**
	 * When the wait began, had this process not stood still since.
	 */
	private final long start;

	private final CompletableFuture<@Nullable Connection> outcome = new CompletableFuture<>();

	/**
	 * A thread of a {@link java.util.concurrent.ForkJoinPool} runs other tasks while it
	 * waits for a future.
	 */
	private final CountDownLatch over = new CountDownLatch(1);

	private final FutureTask<@Nullable Void> task = new FutureTask<>(this::take, null);

	private long looked;

	private long stoodStill;

	PoolWait(HikariDataSource pool) {
		this(pool, System.nanoTime());
	}

	private PoolWait(HikariDataSource pool, long start) {
		this.pool = pool;
		this.start = start;
		this.outcome.whenComplete((connection, failure) -> this.over.countDown());
	}

	/**
	 * Return a wait for the rest of the time: the pool has counted what this process
	 * stood still as waiting.
	 * @return the wait, {@code null} if the process did not stand still
	 */
	@Nullable PoolWait rest() {
		return (this.stoodStill > 0) ? new PoolWait(this.pool, this.start + this.stoodStill) : null;
	}

	/**
	 * Return what the thread has to do that waits. Only while it does that may it be
	 * interrupted.
	 */
	Runnable task() {
		return this.task;
	}

	/**
	 * Return how long the pool still has to be waited for, in milliseconds.
	 */
	long patience() {
		long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - this.start);
		return Math.max(0, this.pool.getConnectionTimeout() - waited);
	}

	private void take() {
		try {
			Connection connection = PoolWaits.takeSoon(this.pool, patience());
			if (!this.outcome.complete(connection)) {
				giveBack(connection);
			}
		}
		catch (SQLException | RuntimeException | Error ex) {
			this.outcome.completeExceptionally(ex);
		}
	}

	/**
	 * Wait for the connection. One thread does.
	 * @return the connection, {@code null} if the wait was ended
	 * @throws SQLException if the pool has given up, or the thread was interrupted, whose
	 * flag is then set
	 */
	@Nullable Connection await() throws SQLException {
		this.looked = System.nanoTime();
		try {
			while (!this.over.await(GLANCE, TimeUnit.NANOSECONDS)) {
				look();
			}
			look();
			return this.outcome.get();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			end();
			this.outcome.thenAccept(PoolWait::giveBack);
			throw new SQLException(this.pool.getPoolName() + " - Interrupted during connection acquisition", ex);
		}
		catch (ExecutionException ex) {
			throw asThrown(ex);
		}
	}

	/**
	 * A second that lasts two was not one of this process.
	 */
	private void look() {
		long now = System.nanoTime();
		long passed = now - this.looked;
		this.looked = now;
		if (passed > 2 * GLANCE) {
			this.stoodStill += passed - GLANCE;
		}
	}

	private static SQLException asThrown(ExecutionException ex) {
		Throwable cause = ex.getCause();
		if (cause instanceof RuntimeException runtimeException) {
			throw runtimeException;
		}
		if (cause instanceof Error error) {
			throw error;
		}
		return (cause instanceof SQLException sqlException) ? sqlException : new SQLException(cause);
	}

	/**
	 * End the wait, if it is not over.
	 */
	void end() {
		if (this.outcome.complete(null)) {
			this.task.cancel(true);
		}
	}

	private static void giveBack(@Nullable Connection connection) {
		try {
			if (connection != null) {
				connection.close();
			}
		}
		catch (SQLException ex) {
			logger.debug("A connection that nobody waits for any more could not be given back", ex);
		}
	}

}
