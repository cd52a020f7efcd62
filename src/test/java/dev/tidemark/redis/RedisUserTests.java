package dev.tidemark.redis;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;

import dev.tidemark.test.EmbeddedRedis;
import dev.tidemark.wal.WalPosition;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The user that is shipped is the least that works: with less the store fails.
 */
class RedisUserTests {

	private static final String KEY = "0".repeat(32);

	private static EmbeddedRedis redis;

	private static RedisClient administrator;

	private static StatefulRedisConnection<String, String> administration;

	private LettuceConnectionFactory connections;

	private LettuceMarkerStore store;

	@BeforeAll
	static void start() {
		redis = EmbeddedRedis.start(RedisUser.serverArguments());
		administrator = RedisClient.create(RedisURI.create(redis.host(), redis.port()));
		administration = administrator.connect();
	}

	@AfterAll
	static void stop() {
		administrator.shutdown();
		redis.close();
	}

	@BeforeEach
	void connect() {
		administration.sync().flushall();
		RedisStandaloneConfiguration server = new RedisStandaloneConfiguration(redis.host(), redis.port());
		server.setUsername(RedisUser.NAME);
		server.setPassword(RedisUser.PASSWORD);
		this.connections = new LettuceConnectionFactory(server);
		this.connections.afterPropertiesSet();
		this.connections.start();
		this.store = new LettuceMarkerStore(this.connections, "tidemark");
	}

	@AfterEach
	void disconnect() {
		this.store.close();
		this.connections.destroy();
	}

	static List<String> permissions() {
		return Arrays.stream(RedisUser.serverArguments()).filter((rule) -> rule.startsWith("+")).toList();
	}

	@Test
	void markersAreWrittenRaisedAndRead() {
		assertThatCode(this::useStore).doesNotThrowAnyException();
	}

	@ParameterizedTest
	@MethodSource("permissions")
	void everyPermissionIsNeeded(String permission) {
		setUser(permission.replace('+', '-'));
		try {
			assertThatThrownBy(this::useStore).isInstanceOf(CompletionException.class)
				.satisfies((ex) -> assertThat(ex.getMessage()).containsAnyOf("no permissions to run",
						"can't run this command"));
		}
		finally {
			setUser(permission);
		}
	}

	@Test
	void keysOfOthersAreOutOfReach() {
		try (LettuceMarkerStore other = new LettuceMarkerStore(this.connections, "other")) {
			assertThatThrownBy(() -> other.epochs().toCompletableFuture().join())
				.hasMessageMatching(".*(?i)no permissions to access .*key.*");
		}
	}

	/**
	 * The second write finds a later marker and leaves it.
	 */
	private void useStore() {
		this.store.epochs().toCompletableFuture().join();
		for (long position : new long[] { 2, 1 }) {
			this.store.write(List.of(KEY), new WalPosition(1, position), Duration.ofSeconds(60))
				.toCompletableFuture()
				.join();
		}
		this.store.read(List.of(KEY)).toCompletableFuture().join();
	}

	private static void setUser(String rule) {
		administration.sync()
			.dispatch(CommandType.ACL, new StatusOutput<>(StringCodec.UTF8),
					new CommandArgs<>(StringCodec.UTF8).add("SETUSER").add(RedisUser.NAME).add(rule));
	}

}
