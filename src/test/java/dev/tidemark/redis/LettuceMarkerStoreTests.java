package dev.tidemark.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

import dev.tidemark.marker.Marker;
import dev.tidemark.marker.MarkerKeys;
import dev.tidemark.marker.MarkerStore;
import dev.tidemark.marker.MarkerStoreContractTests;
import dev.tidemark.test.EmbeddedRedis;
import dev.tidemark.wal.WalPosition;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.SlotHash;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ScanOptions;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LettuceMarkerStore} on a real Redis.
 */
class LettuceMarkerStoreTests extends MarkerStoreContractTests {

	private static final WalPosition POSITION = new WalPosition(1, 0xB00);

	private static EmbeddedRedis redis;

	private static LettuceConnectionFactory connections;

	private static StringRedisTemplate template;

	private LettuceMarkerStore store;

	@BeforeAll
	static void start() {
		redis = EmbeddedRedis.start();
		connections = new LettuceConnectionFactory(redis.host(), redis.port());
		connections.afterPropertiesSet();
		connections.start();
		template = new StringRedisTemplate(connections);
	}

	@AfterAll
	static void stop() {
		connections.destroy();
		redis.close();
	}

	@BeforeEach
	void connect() {
		this.store = new LettuceMarkerStore(connections, "app");
		join(this.store.epochs());
	}

	@AfterEach
	void disconnect() {
		this.store.close();
	}

	@Override
	protected MarkerStore store() {
		return this.store;
	}

	@Override
	protected void pass(Duration time) {
		// The marker's life is over when that of one written later is.
		template.opsForValue().set("passing", "", time);
		await().until(() -> !template.hasKey("passing"));
	}

	private String markerKey() {
		return "app:{" + key().charAt(0) + "}:" + key();
	}

	@Test
	void markerIsReadableByPeople() {
		write(POSITION, TTL);
		assertThat(template.opsForValue().get(markerKey())).isEqualTo("000000010000000000000b00");
		assertThat(template.getExpire(markerKey())).isBetween(1L, TTL.toSeconds());
	}

	@Test
	void nothingIsAskedBeforeTheFirstEpochs() {
		try (LettuceMarkerStore unconnected = new LettuceMarkerStore(connections, "app")) {
			assertThatIllegalStateException().isThrownBy(() -> unconnected.read(List.of(key())))
				.withMessage("not connected yet");
		}
	}

	@Test
	void keyOfAnotherTypeIsOverwritten() {
		template.opsForList().rightPush(markerKey(), "a");
		write(POSITION, TTL);
		assertThat(read()).isEqualTo(POSITION);
	}

	@Test
	void valueOfAnotherFormIsOverwritten() {
		template.opsForValue().set(markerKey(), "zzz");
		write(POSITION, TTL);
		assertThat(read()).isEqualTo(POSITION);
		assertThat(template.getExpire(markerKey())).isPositive();
	}

	@Test
	void markerWithoutExpiryGetsOne() {
		template.opsForValue().set(markerKey(), new WalPosition(2, 1).encode());
		write(POSITION, TTL);
		assertThat(template.getExpire(markerKey())).isBetween(1L, TTL.toSeconds());
		assertThat(read()).isEqualTo(new WalPosition(2, 1));
	}

	@Test
	void keysHoldNoUserDataAndAreShort() {
		MarkerKeys keys = new MarkerKeys("cluster");
		for (String user : List.of("alice", "alice@example.org", "x".repeat(1 << 20))) {
			join(this.store.write(List.of(keys.keyFor(user)), POSITION, TTL));
		}
		List<String> found = scan();
		assertThat(found).hasSizeGreaterThan(18)
			.allMatch((key) -> key.matches("app:\\{[0-9a-f]}:([0-9a-f]{32}|epoch)"));
	}

	@Test
	void keysOfOnePartAreInOneSlotOfACluster() {
		write(POSITION, TTL);
		List<String> part = scan().stream().filter((key) -> key.startsWith("app:{" + key().charAt(0))).toList();
		assertThat(part).contains(markerKey()).anyMatch((key) -> key.contains("epoch"));
		assertThat(part).map(SlotHash::getSlot).containsOnly(SlotHash.getSlot(markerKey()));
	}

	@Test
	void partsAreInDifferentSlotsOfACluster() {
		Set<Integer> slots = scan().stream()
			.filter((key) -> key.endsWith(":epoch"))
			.map(SlotHash::getSlot)
			.collect(Collectors.toSet());
		assertThat(slots).hasSize(16);
	}

	@Test
	void epochsHaveNoExpiry() {
		assertThat(scan()).filteredOn((key) -> key.endsWith(":epoch"))
			.hasSize(16)
			.allMatch((key) -> template.getExpire(key) == -1);
	}

	@Test
	void applicationsWithDifferentPrefixesShareNothing() {
		write(POSITION, TTL);
		try (LettuceMarkerStore other = new LettuceMarkerStore(connections, "other")) {
			assertThat(join(other.epochs())).doesNotContainAnyElementsOf(join(this.store.epochs()));
			assertThat(join(other.read(List.of(key()))).get(0).position()).isNull();
		}
		template.delete(template.keys("other:*"));
	}

	@Test
	void instancesShareMarkersAndEpochs() {
		write(POSITION, TTL);
		try (LettuceMarkerStore other = new LettuceMarkerStore(connections, "app")) {
			assertThat(join(other.epochs())).isEqualTo(join(this.store.epochs()));
			assertThat(join(other.read(List.of(key()))).get(0).position()).isEqualTo(POSITION);
		}
	}

	@Test
	void flushedStoreHasNoEpochUntilItIsAskedForThem() {
		Set<String> before = join(this.store.epochs());
		write(POSITION, TTL);
		redis.flush();
		write(POSITION, TTL);
		assertThat(join(this.store.read(List.of(key()))).get(0)).isEqualTo(new Marker(POSITION, null));
		assertThat(join(this.store.epochs())).doesNotContainAnyElementsOf(before);
		assertThat(this.store.interruptions()).isZero();
	}

	@Test
	void restartedEmptyStoreHasOtherEpochsAndCountsAsInterrupted() {
		Set<String> before = join(this.store.epochs());
		long interruptions = this.store.interruptions();
		redis.restart();
		await().until(() -> this.store.interruptions() > interruptions);
		await().ignoreExceptions()
			.untilAsserted(() -> assertThat(join(this.store.epochs())).hasSize(16).doesNotContainAnyElementsOf(before));
	}

	@Test
	void connectionThatEndsIsAnInterruption() {
		long interruptions = this.store.interruptions();
		try (StatefulRedisConnection<String, String> other = client().connect()) {
			other.sync().clientKill(KillArgs.Builder.skipme());
		}
		await().until(() -> this.store.interruptions() > interruptions);
	}

	@Test
	void otherConnectionsOfTheApplicationDoNotCount() {
		AtomicBoolean ended = new AtomicBoolean();
		RedisConnectionStateListener later = new RedisConnectionStateListener() {

			@Override
			public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
				ended.set(true);
			}

		};
		client().addListener(later);
		try (StatefulRedisConnection<String, String> other = client().connect()) {
			other.sync().ping();
		}
		await().untilTrue(ended);
		client().removeListener(later);
		assertThat(this.store.interruptions()).isZero();
	}

	private static RedisClient client() {
		return (RedisClient) connections.getRequiredNativeClient();
	}

	private static List<String> scan() {
		List<String> keys = new ArrayList<>();
		template.scan(ScanOptions.scanOptions().match("app:*").build()).forEachRemaining(keys::add);
		return keys;
	}

}
