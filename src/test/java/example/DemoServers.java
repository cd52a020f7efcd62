package example;

import java.util.LinkedHashMap;
import java.util.Map;

import dev.tidemark.test.EmbeddedRedis;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.ReplicatedPostgres;

/**
 * The servers of the demo: a PostgreSQL primary, two streaming replicas and Redis.
 */
public final class DemoServers implements AutoCloseable {

	private final ReplicatedPostgres postgres = ReplicatedPostgres.builder().start();

	private final EmbeddedRedis redis = EmbeddedRedis.start();

	ReplicatedPostgres postgres() {
		return this.postgres;
	}

	EmbeddedRedis redis() {
		return this.redis;
	}

	/**
	 * What an application on these servers has to configure: this is all of it.
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
