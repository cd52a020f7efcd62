package dev.tidemark.routing;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

import com.zaxxer.hikari.HikariDataSource;

/**
 * The pools of replicas that were promoted, each with the settings of the primary's pool.
 * Only that of the server that is the primary keeps connections. Thread-safe.
 */
final class PromotedPools {

	private final HikariDataSource configured;

	private final Map<String, HikariDataSource> replicas;

	private final Map<String, PromotedPool> pools = new ConcurrentHashMap<>();

	private final ReentrantLock lock = new ReentrantLock();

	private volatile boolean closed;

	PromotedPools(HikariDataSource configured, Map<String, HikariDataSource> replicas) {
		this.configured = configured;
		this.replicas = replicas;
	}

	/**
	 * Return the pool of a replica that was promoted. The replica's own may be smaller,
	 * read-only, or that of a user who can't write.
	 * @param server the name of the replica
	 * @return the pool, which gives no connection after {@link #close()}
	 */
	HikariDataSource of(String server) {
		PromotedPool pool = this.pools.computeIfAbsent(server, this::create);
		if (this.closed) {
			pool.close();
		}
		return pool;
	}

	private PromotedPool create(String server) {
		PromotedPool pool = new PromotedPool();
		this.configured.copyStateTo(pool);
		pool.setPoolName(server + "-promoted");
		pool.setJdbcUrl(Objects.requireNonNull(this.replicas.get(server)).getJdbcUrl());
		return pool;
	}

	/**
	 * Return whether {@link #keep(String)} has something to do. Does not wait.
	 * @param primary where the primary is
	 */
	boolean isOutOfStep(String primary) {
		for (Map.Entry<String, PromotedPool> pool : this.pools.entrySet()) {
			if (pool.getKey().equals(primary) ? pool.getValue().isEmptied() : pool.getValue().hasConnectionsToClose()) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Empty all pools but that of the primary.
	 * @param primary where the primary is
	 */
	void keep(String primary) {
		this.lock.lock();
		try {
			this.pools.forEach((server, pool) -> {
				if (server.equals(primary)) {
					pool.fill();
				}
				else {
					pool.empty();
				}
			});
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Close all pools, also those that are asked for later.
	 */
	void close() {
		this.closed = true;
		this.pools.values().forEach(HikariDataSource::close);
	}

}
