package dev.tidemark.app;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

import dev.tidemark.fault.TcpProxy;
import dev.tidemark.redis.LyingRedis;
import dev.tidemark.redis.RedisUser;
import dev.tidemark.test.PostgresReplica;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * RYW and NO-HARM while Redis fails, lies or holds nonsense, and afterwards.
 */
class RedisFaultsTests {

	private static Servers servers;

	private static LyingRedis liar;

	private static TcpProxy network;

	private static RedisClient administrator;

	private static StatefulRedisConnection<String, String> administration;

	private static NotesApplication application;

	private static int users;

	@BeforeAll
	static void start() throws Exception {
		servers = new Servers();
		liar = new LyingRedis(servers.redis().port());
		network = TcpProxy.to("127.0.0.1", liar.port());
		administrator = RedisClient.create(RedisURI.create(servers.redis().host(), servers.redis().port()));
		administration = administrator.connect();
		administration.sync().configSet("lua-time-limit", "10");
		application = NotesApplication.on(servers, new String[] { "spring.data.redis.port=" + network.port() },
				"spring.data.redis.timeout=2s");
		try (Connection connection = servers.postgres().primary().open();
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE note (owner text)");
		}
		servers.postgres().awaitReplicated();
	}

	@AfterAll
	static void stop() {
		application.close();
		administration.close();
		administrator.shutdown();
		network.close();
		liar.close();
		servers.close();
	}

	@BeforeEach
	void resume() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
	}

	static Stream<Arguments> faults() {
		return Stream
			.of(fault("killed, and empty afterwards", () -> servers.redis().kill(), () -> servers.redis().restart()),
					fault("silent", network::silence, network::heal), fault("slow",
							() -> network.delay(TcpProxy.Direction.TO_CLIENT, Duration.ofSeconds(2)), network::heal),
					fault("cut", network::cut, () -> {
					}), fault("flushed", () -> servers.redis().flush(), () -> {
					}), fault("evicted", () -> {
						configure("maxmemory-policy", "allkeys-random");
						configure("maxmemory", "1");
					}, () -> {
						configure("maxmemory", "0");
						configure("maxmemory-policy", "noeviction");
					}), fault("out of memory", () -> configure("maxmemory", "1"), () -> configure("maxmemory", "0")),
					fault("without replicas", () -> configure("min-replicas-to-write", "1"),
							() -> configure("min-replicas-to-write", "0")),
					fault("a replica", () -> commands().replicaof("127.0.0.1", 1), () -> commands().replicaofNoOne()),
					fault("without permission", () -> setUser("-eval"), () -> setUser("+eval")),
					fault("without permission to read", () -> setUser("-get"), () -> setUser("+get")),
					fault("without user", () -> {
						setUser("off");
						commands().clientKill(KillArgs.Builder.user(RedisUser.NAME));
					}, () -> setUser("on")), fault("busy", () -> {
						Thread busy = new Thread(RedisFaultsTests::runForEver);
						busy.setDaemon(true);
						busy.start();
					}, () -> Awaitility.await().ignoreExceptions().until(() -> "OK".equals(commands().scriptKill()))));
	}

	static Stream<String> lies() {
		return Stream.of("-LOADING Redis is loading the dataset in memory\r\n",
				"-MISCONF Redis is configured to save RDB snapshots\r\n", "-CLUSTERDOWN The cluster is down\r\n",
				"-ERR\r\n", "$-1\r\n", ":1\r\n", "*0\r\n", "*-1\r\n", "*1\r\n$1\r\nx\r\n", "$5\r\nhello\r\n",
				"*3\r\n:1\r\n:2\r\n:3\r\n", "$1000000000\r\n", "$-77\r\n", "*9999999\r\n", "\0\0\0\0\r\n",
				"HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n+OK\r\n");
	}

	static Stream<Arguments> nonsense() {
		return Stream.of(nonsense("a list", (redis, key) -> redis.rpush(key, "a")),
				nonsense("a hash", (redis, key) -> redis.hset(key, "a", "b")),
				nonsense("a megabyte", (redis, key) -> redis.set(key, "f".repeat(1 << 20))),
				nonsense("empty", (redis, key) -> redis.set(key, "")),
				nonsense("negative", (redis, key) -> redis.set(key, "-00000010000000000000000")),
				nonsense("no timeline", (redis, key) -> redis.set(key, "000000000000000000000001")),
				nonsense("the far future", (redis, key) -> redis.set(key, "00000001ffffffffffffffff")),
				nonsense("another timeline", (redis, key) -> redis.set(key, "000000ff0000000000000001")));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("faults")
	void redisThatIs(String name, Runnable begin, Runnable end) throws Exception {
		survives(begin, end);
	}

	@ParameterizedTest
	@MethodSource("lies")
	void redisThatAnswers(String lie) throws Exception {
		survives(() -> liar.answer(lie), () -> {
			liar.answer(null);
			// What is not known to be an answer may be waited for to its end.
			network.cut();
		});
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("nonsense")
	void markerThatIs(String name, BiConsumer<RedisCommands<String, String>, String> write) throws Exception {
		survives(
				() -> commands().keys("tidemark:*").stream().filter((key) -> !key.endsWith(":epoch")).forEach((key) -> {
					commands().del(key);
					write.accept(commands(), key);
				}), () -> {
				});
	}

	/**
	 * What was written before the fault is seen during it, also what is written during
	 * it; and reads find back to replicas without another write.
	 */
	private static void survives(Runnable begin, Runnable end) throws Exception {
		String before = "before" + ++users;
		String during = "during" + users;
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.until(() -> application.trustsMarkers() && application.read(before).onReplica());
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		application.write(before);
		begin.run();
		try {
			for (int i = 0; i < 5; i++) {
				assertThat(application.read(before)).isEqualTo(new NotesApplication.Notes(1, false));
			}
			servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
			servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ofMillis(200)));
			application.write(during);
			assertThat(application.read(during).notes()).isOne();
			assertThat(application.read(before).notes()).isOne();
		}
		finally {
			end.run();
			servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ZERO));
		}
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
			NotesApplication.Notes found = application.read(before);
			assertThat(found.notes()).isOne();
			return found.onReplica() && application.trustsMarkers();
		});
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		application.write(before);
		assertThat(application.read(before)).isEqualTo(new NotesApplication.Notes(2, false));
	}

	private static Arguments fault(String name, Runnable begin, Runnable end) {
		return Arguments.of(name, begin, end);
	}

	private static Arguments nonsense(String name, BiConsumer<RedisCommands<String, String>, String> write) {
		return Arguments.of(name, write);
	}

	private static RedisCommands<String, String> commands() {
		return administration.sync();
	}

	private static void configure(String parameter, String value) {
		commands().configSet(parameter, value);
	}

	private static void setUser(String rule) {
		commands().dispatch(CommandType.ACL, new StatusOutput<>(StringCodec.UTF8),
				new CommandArgs<>(StringCodec.UTF8).add("SETUSER").add(RedisUser.NAME).add(rule));
	}

	private static void runForEver() {
		try (StatefulRedisConnection<String, String> connection = administrator.connect()) {
			connection.sync().eval("while true do end", ScriptOutputType.STATUS);
		}
		catch (RuntimeException ex) {
			// It was killed.
		}
	}

}
