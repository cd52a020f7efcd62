package dev.tidemark.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
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
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Keeps markers in Redis, on the connection that the application itself has. Thread-safe.
 * <p>
 * Everything is a script, also the reads: a client that is set up to read from Redis
 * replicas sends plain reads there, and a replica of Redis may lack a marker.
 * <p>
 * The keys are in 16 parts, each with an epoch key in the same slot of a Redis Cluster,
 * so that a marker and its epoch are read by one command and lost together:
 * {@code <prefix>:{<part>}:<marker key>} and {@code <prefix>:{<part>}:epoch}. An epoch
 * key has no expiry.
 */
public final class LettuceMarkerStore implements MarkerStore, AutoCloseable {

	private static final String PARTS = "0123456789abcdef";

	private static final String READ = "return redis.call('MGET', unpack(KEYS))";

	/**
	 * A marker of the wrong type or form is not worth keeping.
	 */
	private static final String WRITE = """
			for _, key in ipairs(KEYS) do
				local current = redis.pcall('GET', key)
				if type(current) == 'string' and #current == #ARGV[1] and current > ARGV[1]
						and not string.find(current, '%X') then
					redis.call('PEXPIRE', key, ARGV[2])
				else
					redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
				end
			end
			return 1""";

	private static final String EPOCH = """
			redis.call('SET', KEYS[1], ARGV[1], 'NX')
			return redis.call('GET', KEYS[1])""";

	private final LettuceConnectionFactory connectionFactory;

	private final String prefix;

	private final AtomicLong interruptions = new AtomicLong();

	private final RedisConnectionStateListener listener = new InterruptionListener();

	private volatile @Nullable RedisClusterAsyncCommands<byte[], byte[]> commands;

	private volatile @Nullable AbstractRedisClient listeningTo;

	/**
	 * Create a store. Nothing is connected before {@link #epochs()}.
	 * @param connectionFactory the application's own
	 * @param prefix the start of every key
	 */
	public LettuceMarkerStore(LettuceConnectionFactory connectionFactory, String prefix) {
		this.connectionFactory = connectionFactory;
		this.prefix = prefix;
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
			return connected.<List<byte[]>>eval(READ, ScriptOutputType.MULTI, names).thenAccept((values) -> {
				for (int i = 0; i < together.size(); i++) {
					found.put(together.get(i), new Marker(position(values.get(2 * i)), text(values.get(2 * i + 1))));
				}
			});
		}).thenApply((done) -> keys.stream().map(found::get).toList());
	}

	@Override
	public CompletionStage<Void> write(List<String> keys, WalPosition position, Duration ttl) {
		RedisClusterAsyncCommands<byte[], byte[]> connected = connected();
		byte[] encoded = bytes(position.encode());
		byte[] millis = bytes(Long.toString(ttl.toMillis()));
		return forEachPlace(keys, (together) -> {
			byte[][] names = together.stream().map((key) -> markerKey(key.charAt(0), key)).toArray(byte[][]::new);
			return connected.<Object>eval(WRITE, ScriptOutputType.INTEGER, names, encoded, millis)
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
		Set<String> epochs = new HashSet<>();
		CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
		for (char part : PARTS.toCharArray()) {
			byte[] candidate = bytes(UUID.randomUUID().toString());
			all = all.thenCombine(
					connected.<byte[]>eval(EPOCH, ScriptOutputType.VALUE, new byte[][] { epochKey(part) }, candidate),
					(done, epoch) -> {
						epochs.add(new String(epoch, StandardCharsets.US_ASCII));
						return null;
					});
		}
		return all.thenApply((done) -> epochs);
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

	private static @Nullable String text(byte @Nullable [] value) {
		return (value != null) ? new String(value, StandardCharsets.US_ASCII) : null;
	}

	private static @Nullable WalPosition position(byte @Nullable [] value) {
		return (value != null) ? WalPosition.decode(new String(value, StandardCharsets.US_ASCII)) : null;
	}

	@Override
	public void close() {
		AbstractRedisClient client = this.listeningTo;
		if (client != null) {
			client.removeListener(this.listener);
		}
	}

	/**
	 * A connection that ends is counted before another one can answer. Other connections
	 * of the application do not count, where they can be told apart.
	 */
	private final class InterruptionListener implements RedisConnectionStateListener {

		@Override
		public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
			if (!(LettuceMarkerStore.this.commands instanceof AbstractRedisAsyncCommands<?, ?> direct)
					|| !(direct.getConnection() instanceof StatefulRedisConnection<?, ?> single)
					|| single == connection) {
				LettuceMarkerStore.this.interruptions.incrementAndGet();
			}
		}

	}

}
