package dev.tidemark.routing;

import com.zaxxer.hikari.HikariDataSource;

/**
 * Has a pool try at once to open connections. After failures HikariCP sleeps for up to
 * five seconds before it tries again, and what it is asked for meanwhile waits.
 */
final class PoolRetries {

	private static final String ADDER = ":connection-adder";

	private PoolRetries() {
	}

	/**
	 * End the pause between two attempts: an interrupt does, and does no harm elsewhere
	 * in HikariCP's loop. Does nothing for a pool with a thread factory of its own.
	 * @param pool the pool, whose server answers again
	 */
	static void now(HikariDataSource pool) {
		String name = pool.getPoolName() + ADDER;
		Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals(name))
			.forEach(Thread::interrupt);
	}

}
