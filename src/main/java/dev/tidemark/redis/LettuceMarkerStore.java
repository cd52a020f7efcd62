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

	private final Map<String, Server> servers = new ConcurrentHashMap<>();

	private final AtomicBoolean evictionTold = new AtomicBoolean();

	private final RedisConnectionStateListener listener = new InterruptionListener();

	private volatile @Nullable RedisClusterAsyncCommands<byte[], byte[]> commands;

	private volatile @Nullable AbstractRedisClient listeningTo;

	private volatile @Nullable RedisConnection connection;

	/**
	 * Whether the server has refused keys of several slots.
	 */
	private volatile boolean inSlots;

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
				.flatMap((key) -> Stream.of(markerKey(key), epochKey(part(key))))
				.toArray(byte[][]::new);
			List<String> parts = isInSlots() ? List.of(part(together.get(0))) : PARTS;
			long sent = this.nanoClock.getAsLong();
			return connected.<List<byte[]>>eval(MarkerScripts.READ, ScriptOutputType.MULTI, names)
				.thenAccept((values) -> {
					compareClocks(parts, clock(sent, values.get(0)));
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
	private void compareClocks(List<String> parts, ClockOffset now) {
		boolean set = parts.stream().anyMatch((part) -> now.isStepFrom(server(part).clock()));
		if (set) {
			this.interruptions.incrementAndGet();
		}
		boolean followed = false;
		for (String part : parts) {
			Server server = server(part);
			if (now.isStepFrom(server.clock()) || now.isPrecise()) {
				followed |= this.servers.replace(part, server, new Server(server.evictionPolicy(), now));
			}
		}
		if (set && followed) {
			logger.warn(
					"The clock of Redis was set, or another server answers: markers may have expired before their time");
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
			byte[][] names = together.stream().map(this::markerKey).toArray(byte[][]::new);
			return connected.<Object>eval(MarkerScripts.WRITE, ScriptOutputType.INTEGER, names, encoded, millis)
				.thenAccept((done) -> {
				});
		});
	}

	/**
	 * A Redis Cluster runs a script on keys of one slot only, also where the client takes
	 * it for a single server.
	 */
	private CompletionStage<Void> forEachPlace(List<String> keys,
			Function<List<String>, CompletionStage<Void>> command) {
		if (!isInSlots()) {
			return command.apply(keys);
		}
		CompletionStage<Void> all = CompletableFuture.completedFuture(null);
		for (List<String> together : keys.stream().collect(Collectors.groupingBy(LettuceMarkerStore::part)).values()) {
			all = all.thenCombine(command.apply(together), (first, second) -> second);
		}
		return all;
	}

	private boolean isInSlots() {
		return this.connectionFactory.isClusterAware() || this.inSlots;
	}

	@Override
	public CompletionStage<Set<String>> epochs() {
		RedisClusterAsyncCommands<byte[], byte[]> connected = connect();
		Set<String> epochs = ConcurrentHashMap.newKeySet();
		return forEachPlace(PARTS, (together) -> {
			byte[][] keys = together.stream().map(this::epochKey).toArray(byte[][]::new);
			byte[][] candidates = together.stream()
				.map((part) -> bytes(UUID.randomUUID().toString()))
				.toArray(byte[][]::new);
			long sent = this.nanoClock.getAsLong();
			return connected.<List<byte[]>>eval(MarkerScripts.EPOCHS, ScriptOutputType.MULTI, keys, candidates)
				.whenComplete((values, ex) -> this.inSlots |= isCrossSlot(ex))
				.thenAccept((values) -> {
					found(together, text(values.get(1)), clock(sent, values.get(0)));
					values.stream().skip(2).map(LettuceMarkerStore::text).forEach(epochs::add);
				});
		}).thenApply((done) -> epochs);
	}

	private static boolean isCrossSlot(@Nullable Throwable ex) {
		return ex != null && String.valueOf(ex.getMessage()).contains("CROSSSLOT");
	}

	private void found(List<String> parts, String policy, ClockOffset clock) {
		String evicting = policy.equals(NO_EVICTION) ? null : policy;
		parts.forEach((part) -> this.servers.putIfAbsent(part, new Server(evicting, clock)));
		compareClocks(parts, clock);
		parts.forEach(
				(part) -> this.servers.computeIfPresent(part, (same, server) -> new Server(evicting, server.clock())));
		if (evicting != null && this.evictionTold.compareAndSet(false, true)) {
			logger.warn(evictionWarning(evicting));
		}
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
		listen();
		RedisClusterAsyncCommands<byte[], byte[]> current = this.commands;
		if (current == null || isLost(current)) {
			current = open();
		}
		if (current instanceof AbstractRedisAsyncCommands<?, ?> direct && !direct.getConnection().isOpen()) {
			// Lettuce would keep the question until there is a connection again.
			throw new IllegalStateException("not connected");
		}
		return current;
	}

	/**
	 * Return whether Lettuce does not open the connection again by itself.
	 */
	private static boolean isLost(RedisClusterAsyncCommands<byte[], byte[]> commands) {
		return commands instanceof AbstractRedisAsyncCommands<?, ?> direct
				&& direct.getConnection() instanceof RedisChannelHandler<?, ?> connection
				&& (connection.isClosed() || (!connection.isOpen() && !connection.getOptions().isAutoReconnect()));
	}

	/**
	 * A factory that was stopped and started has another client.
	 */
	private void listen() {
		AbstractRedisClient client = this.connectionFactory.getRequiredNativeClient();
		if (client != this.listeningTo) {
			this.listeningTo = client;
			client.addListener(this.listener);
		}
	}

	private RedisClusterAsyncCommands<byte[], byte[]> open() {
		RedisConnection before = this.connection;
		this.commands = null;
		this.connection = null;
		if (before != null) {
			this.interruptions.incrementAndGet();
			before.close();
		}
		RedisConnection opened = this.connectionFactory.isClusterAware() ? this.connectionFactory.getClusterConnection()
				: this.connectionFactory.getConnection();
		this.connection = opened;
		if (opened.getNativeConnection() instanceof RedisClusterAsyncCommands<?, ?> untyped) {
			@SuppressWarnings("unchecked")
			RedisClusterAsyncCommands<byte[], byte[]> typed = (RedisClusterAsyncCommands<byte[], byte[]>) untyped;
			this.commands = typed;
			return typed;
		}
		throw new IllegalStateException("not a Lettuce connection: " + opened.getNativeConnection().getClass());
	}

	private RedisClusterAsyncCommands<byte[], byte[]> connected() {
		RedisClusterAsyncCommands<byte[], byte[]> connected = this.commands;
		if (connected == null) {
			throw new IllegalStateException("not connected yet");
		}
		return connected;
	}

	private byte[] markerKey(String key) {
		return bytes(this.prefix + ":{" + part(key) + "}:" + key);
	}

	private byte[] epochKey(String part) {
		return bytes(this.prefix + ":{" + part + "}:epoch");
	}

	private static String part(String key) {
		return key.substring(0, 1);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static String text(byte[] value) {
		return new String(value, StandardCharsets.US_ASCII);
	}

	private Server server(String part) {
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
		RedisConnection opened = this.connection;
		if (opened != null && !isStopped()) {
			opened.close();
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
