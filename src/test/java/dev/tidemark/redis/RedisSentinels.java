package dev.tidemark.redis;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import org.awaitility.Awaitility;

/**
 * A real Redis with a replica, watched by three sentinels.
 */
public final class RedisSentinels implements AutoCloseable {

	/** The name of the master. */
	public static final String MASTER = "markers";

	private static final Map<String, String> IMPATIENT = Map.of("down-after-milliseconds", "1000", "failover-timeout",
			"3000");

	private final RedisNode master = RedisNode.start("--repl-diskless-sync-delay", "0");

	private final RedisNode replica = RedisNode.start("--repl-diskless-sync-delay", "0");

	private final List<RedisNode> sentinels;

	/**
	 * Start servers that know of each other.
	 */
	public RedisSentinels() {
		this.replica.commands().replicaof(this.master.server().host(), this.master.server().port());
		Awaitility.await().until(this.replica::isFollowing);
		this.sentinels = IntStream.range(0, 3).mapToObj((number) -> RedisNode.startSentinel()).toList();
		this.sentinels.forEach(this::watch);
		this.sentinels.forEach((sentinel) -> Awaitility.await()
			.until(() -> sentinel.commands().info("sentinel").contains("slaves=1,sentinels=3")));
	}

	private void watch(RedisNode sentinel) {
		RedisClient client = RedisClient.create();
		try (StatefulRedisSentinelConnection<String, String> connection = client
			.connectSentinel(RedisURI.create(sentinel.server().host(), sentinel.server().port()))) {
			connection.sync().monitor(MASTER, this.master.server().host(), this.master.server().port(), 2);
			IMPATIENT.forEach((option, value) -> connection.sync().set(MASTER, option, value));
		}
		finally {
			client.shutdown();
		}
	}

	/**
	 * Return the server that is the master at the start.
	 */
	public RedisNode master() {
		return this.master;
	}

	/**
	 * Return the server that is the replica at the start.
	 */
	public RedisNode replica() {
		return this.replica;
	}

	/**
	 * Return how applications name the sentinels.
	 */
	public String addresses() {
		return this.sentinels.stream().map(RedisNode::address).collect(Collectors.joining(","));
	}

	@Override
	public void close() {
		this.sentinels.forEach(RedisNode::close);
		this.replica.close();
		this.master.close();
	}

}
