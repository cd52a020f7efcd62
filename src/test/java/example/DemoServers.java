package example;

import java.util.LinkedHashMap;
import java.util.Map;

import dev.tidemark.test.EmbeddedRedis;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.ReplicatedPostgres;

/**
 * The servers of the demo: a PostgreSQL primary, the replicas {@code replica1} and
 * {@code replica2}, and Redis, all on free ports of this machine.
 */
final class DemoServers implements AutoCloseable {

	private final ReplicatedPostgres postgres;

	private final EmbeddedRedis redis;

	private DemoServers(ReplicatedPostgres postgres, EmbeddedRedis redis) {
		this.postgres = postgres;
		this.redis = redis;
	}

	/**
	 * Start the servers.
	 */
	static DemoServers start() {
		ReplicatedPostgres postgres = ReplicatedPostgres.builder().replicas("replica1", "replica2").start();
		try {
			return new DemoServers(postgres, EmbeddedRedis.start());
		}
		catch (RuntimeException ex) {
			postgres.close();
			throw ex;
		}
	}

	ReplicatedPostgres postgres() {
		return this.postgres;
	}

	EmbeddedRedis redis() {
		return this.redis;
	}

	/**
	 * The Spring properties of an application on these servers.
	 */
	Map<String, Object> properties() {
		Map<String, Object> properties = new LinkedHashMap<>();
		properties.put("spring.datasource.url", this.postgres.primary().jdbcUrl());
		properties.put("spring.datasource.username", this.postgres.primary().username());
		properties.put("spring.datasource.password", this.postgres.primary().password());
		for (PostgresReplica replica : this.postgres.replicas()) {
			properties.put("tidemark.replicas." + replica.name() + ".url", replica.jdbcUrl());
		}
		properties.put("spring.data.redis.host", this.redis.host());
		properties.put("spring.data.redis.port", this.redis.port());
		return properties;
	}

	@Override
	public void close() {
		this.redis.close();
		this.postgres.close();
	}

}
