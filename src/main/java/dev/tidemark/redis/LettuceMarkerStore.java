package dev.tidemark.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.tidemark.marker.Marker;
import dev.tidemark.marker.MarkerStore;
import dev.tidemark.wal.WalPosition;
import io.lettuce.core.AbstractRedisAsyncCommands;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Keeps markers in Redis, on the connection that the application itself has. Thread-safe.
 * <p>
 * Everything is a script, also the reads: a client that is set up to read from Redis
 * replicas sends plain reads there, and a replica of Redis may lack a marker. A script
 * that reads does a write without effect, which only a master with room accepts.
 * <p>
 * The keys are in 16 parts, each with an epoch key in the same slot of a Redis Cluster,
 * so that a marker and its epoch are read by one command and lost together:
 * {@code <prefix>:{<part>}:<marker key>} and {@code <prefix>:{<part>}:epoch}. An epoch
 * key has no expiry. To the epoch belongs what only the server can tell: under which
 * replication id it is the master, so that a failover changes the epoch whether or not a
 * connection ends, and how many keys it has evicted.
 */
public final class LettuceMarkerStore implements MarkerStore, AutoCloseable {

	private static final Log logger = LogFactory.getLog(LettuceMarkerStore.class);

	private static final String NO_EVICTION = "noeviction";

	private static final List<String> PARTS = List.of("0123456789abcdef".split(""));

	private final LettuceConnectionFactory connectionFactory;

	private final String prefix;

	private final LongSupplier nanoClock;

	private final AtomicLong interruptions = new AtomicLong();

	private final Map<Character, Server> servers = new ConcurrentHashMap<>();

	private final AtomicBoolean evictionTold = new AtomicBoolean();

	private final RedisConnectionStateListener listener = new InterruptionListener();

	private volatile @Nullable RedisClusterAsyncCommands<byte[], byte[]> commands;

	private volatile @Nullable AbstractRedisClient listeningTo;

	/**
	 * Create a store. Nothing is connected before {@link #epochs()}.
	 * @param connectionFactory the application's own
	 * @param prefix the start of every key
	 */
	public LettuceMarkerStore(LettuceConnectionFactory connectionFactory, String prefix) {
		this(connectionFactory, prefix, System::nanoTime);
	}

	LettuceMarkerStore(LettuceConnectionFactory connectionFactory, String prefix, LongSupplier nanoClock) {
		this.connectionFactory = connectionFactory;
		this.prefix = prefix;
		this.nanoClock = nanoClock;
	}

	@Override
	public String kind() {
		return "redis";
	}

	@Override
	public CompletionStage<List<Marker>> read(List<String> keys) {
		RedisClusterAsyncCommands<byte[], byte[]> connected = connected();
		Map<String, Marker> found = new ConcurrentHashMap<>();
		return forEachPlace(keys, (together) -> {
			byte[][] names = together.stream()
				.flatMap((key) -> Stream.of(markerKey(key.charAt(0), key), epochKey(key.charAt(0))))
				.toArray(byte[][]::new);
			Server server = server(together.get(0).charAt(0));
			long sent = this.nanoClock.getAsLong();
			return connected.<List<byte[]>>eval(MarkerScripts.READ, ScriptOutputType.MULTI, names)
				.thenAccept((values) -> {
					compareClocks(server, together.get(0).charAt(0), clock(sent, values.get(0)));
					for (int i = 0; i < together.size(); i++) {
						found.put(together.get(i), marker(values.get(2 * i + 1), values.get(2 * i + 2)));
					}
				});
		}).thenApply((done) -> keys.stream().map(found::get).toList());
	}

	private static Marker marker(byte @Nullable [] position, byte @Nullable [] epochText) {
		String epoch = (epochText != null) ? text(epochText) : null;
		if (position != null && position.length == 0) {
			return Marker.damaged(epoch);
		}
		return new Marker((position != null) ? WalPosition.decode(text(position)) : null, epoch);
	}

	/**
	 * A clock that is set forward lets markers expire before their time. Counted before
	 * the markers are handed out that were read on it. One that drifts is followed.
	 */
	private void compareClocks(Server server, char part, ClockOffset now) {
		if (now.isStepFrom(server.clock())) {
			this.interruptions.incrementAndGet();
			if (this.servers.replace(part, server, new Server(server.evictionPolicy(), now))) {
				logger.warn("The clock of Redis was set: markers may have expired before their time");
			}
		}
		else if (now.isPrecise()) {
			this.servers.replace(part, server, new Server(server.evictionPolicy(), now));
		}
	}

	private ClockOffset clock(long sent, byte[] micros) {
		return new ClockOffset(Long.parseLong(text(micros)), sent, this.nanoClock.getAsLong());
	}

	@Override
	public CompletionStage<Void> write(List<String> keys, WalPosition position, Duration ttl) {
		RedisClusterAsyncCommands<byte[], byte[]> connected = connected();
		byte[] encoded = bytes(position.encode());
		byte[] millis = bytes(Long.toString(ttl.toMillis()));
		return forEachPlace(keys, (together) -> {
			byte[][] names = together.stream().map((key) -> markerKey(key.charAt(0), key)).toArray(byte[][]::new);
			return connected.<Object>eval(MarkerScripts.WRITE, ScriptOutputType.INTEGER, names, encoded, millis)
				.thenAccept((done) -> {
				});
		});
	}

	/**
	 * A Redis Cluster runs a script on keys of one slot only.
	 */
	private CompletionStage<Void> forEachPlace(List<String> keys,
			Function<List<String>, CompletionStage<Void>> command) {
		if (!this.connectionFactory.isClusterAware()) {
			return command.apply(keys);
		}
		CompletionStage<Void> all = CompletableFuture.completedFuture(null);
		for (List<String> together : keys.stream().collect(Collectors.groupingBy((key) -> key.charAt(0))).values()) {
			all = all.thenCombine(command.apply(together), (first, second) -> second);
		}
		return all;
	}

	@Override
	public CompletionStage<Set<String>> epochs() {
		RedisClusterAsyncCommands<byte[], byte[]> connected = connect();
		Set<String> epochs = ConcurrentHashMap.newKeySet();
		return forEachPlace(PARTS, (together) -> {
			byte[][] keys = together.stream().map((part) -> epochKey(part.charAt(0))).toArray(byte[][]::new);
			byte[][] candidates = together.stream()
				.map((part) -> bytes(UUID.randomUUID().toString()))
				.toArray(byte[][]::new);
			long sent = this.nanoClock.getAsLong();
			return connected.<List<byte[]>>eval(MarkerScripts.EPOCHS, ScriptOutputType.MULTI, keys, candidates)
				.thenAccept((values) -> {
					Server server = server(text(values.get(1)), clock(sent, values.get(0)));
					together.forEach((part) -> this.servers.put(part.charAt(0), server));
					values.stream().skip(2).map(LettuceMarkerStore::text).forEach(epochs::add);
				});
		}).thenApply((done) -> epochs);
	}

	private Server server(String policy, ClockOffset clock) {
		if (policy.equals(NO_EVICTION)) {
			return new Server(null, clock);
		}
		if (this.evictionTold.compareAndSet(false, true)) {
			logger.warn(evictionWarning(policy));
		}
		return new Server(policy, clock);
	}

	@Override
	public boolean isStopped() {
		return !this.connectionFactory.isRunning();
	}

	/**
	 * Tells of what was found when the epochs were last read.
	 */
	@Override
	public @Nullable String warning() {
		return this.servers.values()
			.stream()
			.map(Server::evictionPolicy)
			.filter(Objects::nonNull)
			.findFirst()
			.map(LettuceMarkerStore::evictionWarning)
			.orElse(null);
	}

	private static String evictionWarning(String policy) {
		return "Redis may evict markers, with the maxmemory-policy " + policy
				+ ". Whenever it has evicted a key, reads that need a marker go to the primary for a moment. "
				+ "Markers belong in a Redis with the policy " + NO_EVICTION + ".";
	}

	@Override
	public long interruptions() {
		return this.interruptions.get();
	}

	/**
	 * Open the application's shared connection. This may block, and is called by the one
	 * background probe only.
	 */
	private RedisClusterAsyncCommands<byte[], byte[]> connect() {
		if (this.listeningTo == null) {
			this.listeningTo = this.connectionFactory.getRequiredNativeClient();
			this.listeningTo.addListener(this.listener);
		}
		RedisConnection connection = this.connectionFactory.isClusterAware()
				? this.connectionFactory.getClusterConnection() : this.connectionFactory.getConnection();
		if (connection.getNativeConnection() instanceof RedisClusterAsyncCommands<?, ?> untyped) {
			@SuppressWarnings("unchecked")
			RedisClusterAsyncCommands<byte[], byte[]> typed = (RedisClusterAsyncCommands<byte[], byte[]>) untyped;
			this.commands = typed;
			if (typed instanceof AbstractRedisAsyncCommands<?, ?> direct && !direct.getConnection().isOpen()) {
				// Lettuce would keep the question until there is a connection again.
				throw new IllegalStateException("not connected");
			}
			return typed;
		}
		throw new IllegalStateException("not a Lettuce connection: " + connection.getNativeConnection().getClass());
	}

	private RedisClusterAsyncCommands<byte[], byte[]> connected() {
		RedisClusterAsyncCommands<byte[], byte[]> connected = this.commands;
		if (connected == null) {
			throw new IllegalStateException("not connected yet");
		}
		return connected;
	}

	private byte[] markerKey(char part, String key) {
		return bytes(this.prefix + ":{" + part + "}:" + key);
	}

	private byte[] epochKey(char part) {
		return bytes(this.prefix + ":{" + part + "}:epoch");
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static String text(byte[] value) {
		return new String(value, StandardCharsets.US_ASCII);
	}

	private Server server(char part) {
		Server server = this.servers.get(part);
		if (server == null) {
			throw new IllegalStateException("not connected yet");
		}
		return server;
	}

	@Override
	public void close() {
		AbstractRedisClient client = this.listeningTo;
		if (client != null) {
			client.removeListener(this.listener);
		}
	}

	/**
	 * Counts when the one connection ends, before it can be open again. In a cluster, and
	 * where a client reads from replicas, connections come and go by themselves: there
	 * the epochs tell.
	 */
	private final class InterruptionListener implements RedisConnectionStateListener {

		@Override
		public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
			if (LettuceMarkerStore.this.commands instanceof AbstractRedisAsyncCommands<?, ?> direct
					&& direct.getConnection() == connection) {
				LettuceMarkerStore.this.interruptions.incrementAndGet();
			}
		}

	}

	/**
	 * What is known of the server that keeps a part.
	 *
	 * @param evictionPolicy by which it may evict markers, {@code null} if it may not
	 * @param clock its clock when the epoch was read
	 */
	private record Server(@Nullable String evictionPolicy, ClockOffset clock) {

	}

}
