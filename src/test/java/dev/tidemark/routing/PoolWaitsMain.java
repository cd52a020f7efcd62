package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.IMetricsTracker;
import org.awaitility.Awaitility;

/**
 * A program that waits for the connection of a pool of one. It tells when it waits, gives
 * the connection back once the pool has given up, and tells what came of the wait.
 */
final class PoolWaitsMain {

	/**
	 * How long the pool waits, in milliseconds.
	 */
	static final long PATIENCE = 5000;

	private PoolWaitsMain() {
	}

	public static void main(String[] arguments) throws Exception {
		CountDownLatch gaveUp = new CountDownLatch(1);
		PoolWaits waits = new PoolWaits();
		try (HikariDataSource pool = new HikariDataSource()) {
			pool.setJdbcUrl(arguments[0]);
			pool.setUsername(arguments[1]);
			pool.setPassword(arguments[2]);
			pool.setMaximumPoolSize(1);
			pool.setConnectionTimeout(PATIENCE);
			pool.setMetricsTrackerFactory((name, stats) -> new IMetricsTracker() {

				@Override
				public void recordConnectionTimeout() {
					gaveUp.countDown();
				}

			});
			Connection used = pool.getConnection();
			CompletableFuture<String> wait = CompletableFuture.supplyAsync(() -> outcome(waits, pool));
			Awaitility.await().until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
			System.out.println("waiting");
			gaveUp.await();
			used.close();
			System.out.println(wait.get());
		}
		waits.close();
	}

	private static String outcome(PoolWaits waits, HikariDataSource pool) {
		try (Connection connection = waits.take(pool, () -> true)) {
			return (connection != null) ? "taken" : "ended";
		}
		catch (SQLException ex) {
			return ex.toString();
		}
	}

}
