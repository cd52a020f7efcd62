package dev.tidemark.app;

import java.util.ArrayList;
import java.util.List;

import dev.tidemark.redis.RedisUser;
import dev.tidemark.test.EmbeddedRedis;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.ReplicatedPostgres;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The real servers of a test, and applications on them. In Redis the applications are the
 * user with the fewest permissions that work.
 */
public final class Servers implements AutoCloseable {

	private final ReplicatedPostgres postgres;

	private final EmbeddedRedis redis = EmbeddedRedis.start(RedisUser.serverArguments());

	public Servers() {
		this(ReplicatedPostgres.builder().setting("log_statement", "all").setting("log_line_prefix", "%a ").start());
	}

	/**
	 * Take these PostgreSQL servers, and close them with the rest.
	 * @param postgres the servers
	 */
	public Servers(ReplicatedPostgres postgres) {
		this.postgres = postgres;
	}

	public ReplicatedPostgres postgres() {
		return this.postgres;
	}

	public EmbeddedRedis redis() {
		return this.redis;
	}

	/**
	 * Return how many scripts Redis has run since this was called first: each marker
	 * command is one. The background's question for all epochs does not count.
	 */
	public long redisScripts() {
		try (RedisClient client = RedisClient.create(RedisURI.create(this.redis.host(), this.redis.port()));
				StatefulRedisConnection<String, String> connection = client.connect()) {
			RedisCommands<String, String> commands = connection.sync();
			commands.configSet("slowlog-max-len", "100000");
			commands.configSet("slowlog-log-slower-than", "0");
			return commands.slowlogGet(100_000).stream().filter(Servers::isMarkerCommand).count();
		}
	}

	/**
	 * Return how many users Redis knows a marker of.
	 */
	public long markers() {
		try (RedisClient client = RedisClient.create(RedisURI.create(this.redis.host(), this.redis.port()));
				StatefulRedisConnection<String, String> connection = client.connect()) {
			return connection.sync().keys("tidemark:*").stream().filter((key) -> !key.endsWith(":epoch")).count();
		}
	}

	private static boolean isMarkerCommand(Object entry) {
		List<?> arguments = (List<?>) ((List<?>) entry).get(3);
		return arguments.get(0).equals("EVAL") && !arguments.get(2).equals("16");
	}

	public ConfigurableApplicationContext start(Class<?> application, WebApplicationType type, String... properties) {
		List<String> all = properties();
		all.addAll(List.of(properties));
		return new SpringApplicationBuilder(application).web(type).properties(all.toArray(String[]::new)).run();
	}

	/**
	 * Return the properties of an application on these servers, in a new list.
	 */
	public List<String> properties() {
		List<String> all = new ArrayList<>(List.of("spring.datasource.url=" + this.postgres.primary().jdbcUrl(),
				"spring.datasource.username=" + this.postgres.primary().username(),
				"spring.datasource.password=" + this.postgres.primary().password(),
				"spring.data.redis.host=" + this.redis.host(), "spring.data.redis.port=" + this.redis.port(),
				"spring.data.redis.username=" + RedisUser.NAME, "spring.data.redis.password=" + RedisUser.PASSWORD,
				"spring.jpa.hibernate.ddl-auto=none", "server.port=0",
				// A busy machine must not turn a replica's read into one on the primary.
				"tidemark.marker.timeout=2s", "spring.main.banner-mode=off", Library.only()));
		for (PostgresReplica replica : this.postgres.replicas()) {
			all.add("tidemark.replicas." + replica.name() + ".url=" + replica.jdbcUrl());
		}
		return all;
	}

	@Override
	public void close() {
		this.redis.close();
		this.postgres.close();
	}

}
