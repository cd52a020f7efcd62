package dev.tidemark.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ConsistencyLevel;
import dev.tidemark.app.Servers;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The recipe of many blogs: after a write {@code SETEX wrote:{user} 60}, and who has that
 * key reads the primary, everybody else any replica. Visitors are as well known to it as
 * users are, and it knows neither levels, but for PRIMARY, nor which replica lags.
 */
final class RecipeBackend implements Backend, AutoCloseable {

	private static final int SECONDS = 60;

	private final List<HikariDataSource> pools = new ArrayList<>();

	private final Cells primary;

	private final List<Cells> replicas = new ArrayList<>();

	private final RedisClient client;

	private final StatefulRedisConnection<String, String> redis;

	RecipeBackend(Servers servers) {
		Map<Integer, String> names = Instance.names(servers);
		this.primary = cells(servers.postgres().primary(), names);
		for (PostgresReplica replica : servers.postgres().replicas()) {
			this.replicas.add(cells(replica, names));
		}
		this.client = RedisClient.create(RedisURI.create(servers.redis().host(), servers.redis().port()));
		this.redis = this.client.connect();
	}

	private Cells cells(PostgresServer server, Map<Integer, String> names) {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl(server.jdbcUrl());
		pool.setUsername(server.username());
		pool.setPassword(server.password());
		this.pools.add(pool);
		return new Cells(new JdbcTemplate(pool), (port) -> names.getOrDefault(port, "unknown"));
	}

	@Override
	public Result perform(PlannedSession session, Step step) {
		String key = "wrote:{" + session.client() + "}";
		return switch (step.action()) {
			case WRITE, WRITE_OUTSIDE_TRANSACTION, WRITE_AND_COMMIT_AS_TEXT ->
				written(key, this.primary.write(step.written()));
			case WRITE_AND_READ -> written(key, this.primary.writeAndRead(step.written(), step.read()));
			default -> server(key, step.action().level()).readSession(step.read());
		};
	}

	private Result written(String key, Result result) {
		this.redis.sync().setex(key, SECONDS, "1");
		return result;
	}

	private Cells server(String key, ConsistencyLevel level) {
		boolean onPrimary = level == ConsistencyLevel.PRIMARY || this.redis.sync().exists(key) > 0;
		return onPrimary ? this.primary : this.replicas.get(ThreadLocalRandom.current().nextInt(this.replicas.size()));
	}

	@Override
	public void close() {
		this.redis.close();
		this.client.shutdown();
		this.pools.forEach(HikariDataSource::close);
	}

}
