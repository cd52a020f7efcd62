package dev.tidemark.redis;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ScanOptions;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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
		// The test before may have ended the connection, and Lettuce opens it again.
		await().pollDelay(Duration.ZERO)
			.ignoreException(IllegalStateException.class)
			.until(() -> !join(this.store.epochs()).isEmpty());
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
	void markerWithoutExpiryGetsOne() {
		template.opsForValue().set(markerKey(), new WalPosition(2, 1).encode());
		write(POSITION, TTL);
		assertThat(template.getExpire(markerKey())).isBetween(1L, TTL.toSeconds());
		assertThat(read()).isEqualTo(new WalPosition(2, 1));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "zzz", "-00000010000000000000b0", "0000000100000000000ZZZZZ",
			"00000000ffffffffffffffff", "ffffffff0000000000000000", "000000010000000000000C00" })
	void valueThatIsNoPositionIsDamagedUntilItIsOverwritten(String value) {
		template.opsForValue().set(markerKey(), value);
		assertDamagedUntilItIsOverwritten();
	}

	@Test
	void megabyteIsNotSentAndIsOverwritten() {
		template.opsForValue().set(markerKey(), "f".repeat(1 << 20));
		assertDamagedUntilItIsOverwritten();
	}

	@Test
	void listIsNotNoMarker() {
		template.opsForList().rightPush(markerKey(), "a");
		assertDamagedUntilItIsOverwritten();
	}

	private void assertDamagedUntilItIsOverwritten() {
		Marker found = join(this.store.read(List.of(key()))).get(0);
		assertThat(found.isDamaged()).isTrue();
		assertThat(found.position()).isNull();
		assertThat(found.epoch()).isIn(join(this.store.epochs()));
		write(POSITION, TTL);
		assertThat(join(this.store.read(List.of(key()))).get(0)).isEqualTo(new Marker(POSITION, found.epoch()));
		assertThat(template.getExpire(markerKey())).isBetween(1L, TTL.toSeconds());
	}

	@ParameterizedTest
	@CsvSource({ "00000001ffffffffffffffff, false", "7fffffff0000000000000001, false",
			"000003ea0000000000000001, false", "0000000100000300000000ff, false", "0000000100000100000000ff, true",
			"000003e90000000000000001, true" })
	void positionThatNoServerReachesIsOverwritten(String value, boolean stays) {
		template.opsForValue().set(markerKey(), value);
		write(POSITION, TTL);
		assertThat(read()).isEqualTo(stays ? WalPosition.decode(value) : POSITION);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void epochThatIsNoneIsReplaced(boolean list) {
		String epochKey = "app:{" + key().charAt(0) + "}:epoch";
		template.delete(epochKey);
		if (list) {
			template.opsForList().rightPush(epochKey, "a");
		}
		else {
			template.opsForValue().set(epochKey, "x".repeat(1 << 20));
		}
		assertThat(join(this.store.read(List.of(key()))).get(0).epoch()).isNotIn(join(this.store.epochs()));
		assertThat(join(this.store.read(List.of(key()))).get(0).epoch()).isIn(join(this.store.epochs()));
	}

	// A step of this machine's clock back is to us what a step of that of Redis forward
	// is.
	@ParameterizedTest
	@ValueSource(longs = { -3600, 3600 })
	void clockThatWasSetIsAnInterruption(long seconds) {
		AtomicLong step = new AtomicLong();
		try (LettuceMarkerStore watching = ClockSteps.store(connections, "app", step)) {
			join(watching.epochs());
			join(watching.read(List.of(key())));
			assertThat(watching.interruptions()).isZero();
			step.set(TimeUnit.SECONDS.toNanos(seconds));
			join(watching.read(List.of(key())));
			assertThat(watching.interruptions()).isOne();
			join(watching.read(List.of(key())));
			join(watching.epochs());
			join(watching.read(List.of(key())));
			assertThat(watching.interruptions()).isOne();
		}
	}

	@Test
	void epochsDoNotHideThatTheClockWasSet() {
		AtomicLong step = new AtomicLong();
		try (LettuceMarkerStore watching = ClockSteps.store(connections, "app", step)) {
			join(watching.epochs());
			step.addAndGet(TimeUnit.HOURS.toNanos(1));
			join(watching.epochs());
			assertThat(watching.interruptions()).isOne();
			join(watching.epochs());
			join(watching.read(List.of(key())));
			assertThat(watching.interruptions()).isOne();
		}
	}

	@Test
	void clockThatDriftsIsFollowed() {
		AtomicLong drift = new AtomicLong();
		List<String> keys = List.of(key());
		try (LettuceMarkerStore watching = ClockSteps.store(connections, "app", drift)) {
			join(watching.epochs());
			for (int i = 0; i < 100; i++) {
				drift.addAndGet(TimeUnit.MILLISECONDS.toNanos(50));
				join(watching.read(keys));
			}
			assertThat(watching.interruptions()).isZero();
		}
	}

	@Test
	void slowAnswersAreNoStepOfTheClock() {
		ClockOffset before = new ClockOffset(10_000_000, 0, 0);
		assertThat(new ClockOffset(10_000_000, 0, TimeUnit.SECONDS.toNanos(9)).isStepFrom(before)).isFalse();
		assertThat(before.isStepFrom(new ClockOffset(19_000_000, 0, TimeUnit.SECONDS.toNanos(9)))).isFalse();
		assertThat(new ClockOffset(11_000_000, 0, 0).isStepFrom(before)).isFalse();
		assertThat(new ClockOffset(11_000_001, 0, 0).isStepFrom(before)).isTrue();
		assertThat(new ClockOffset(8_999_999, 0, 0).isStepFrom(before)).isTrue();
	}

	@Test
	void evictionChangesTheEpochs() {
		try (EmbeddedRedis small = EmbeddedRedis.start("--maxmemory-policy", "allkeys-random", "--maxmemory", "2mb")) {
			withStoreOn(small, (evicting, client) -> {
				Set<String> before = join(evicting.epochs());
				assertThat(join(evicting.read(List.of(key()))).get(0).epoch()).isIn(before);
				fill(client.sync());
				assertNoneIn(before, evicting);
			});
		}
	}

	@Test
	void evictionByAPolicyThatWasSetAndTakenBackChangesTheEpochs() {
		try (EmbeddedRedis changing = EmbeddedRedis.start()) {
			withStoreOn(changing, (store, client) -> {
				Set<String> before = join(store.epochs());
				client.sync().configSet("maxmemory-policy", "allkeys-random");
				client.sync().configSet("maxmemory", "2mb");
				fill(client.sync());
				assertNoneIn(before, store);
				client.sync().configSet("maxmemory", "0");
				client.sync().configSet("maxmemory-policy", "noeviction");
				assertNoneIn(before, store);
			});
		}
	}

	/**
	 * With more than it has room for, so that it evicts.
	 */
	private static void fill(RedisCommands<String, String> redis) {
		byte[] junk = new byte[50_000];
		for (int i = 0; i < 40; i++) {
			redis.set("junk" + i, Base64.getEncoder().encodeToString(junk));
		}
		assertThat(redis.info("stats")).doesNotContain("evicted_keys:0\r");
	}

	private void assertNoneIn(Set<String> before, LettuceMarkerStore store) {
		for (char part : "0123456789abcdef".toCharArray()) {
			String key = part + key().substring(1);
			assertThat(join(store.read(List.of(key))).get(0).epoch()).isNotIn(before);
		}
	}

	@Test
	void masterThatBecameAReplicaTellsNothing() {
		try (EmbeddedRedis demoted = EmbeddedRedis.start(); EmbeddedRedis master = EmbeddedRedis.start()) {
			withStoreOn(demoted, (former, client) -> {
				Set<String> before = join(former.epochs());
				join(former.write(List.of(key()), POSITION, TTL));
				client.sync().replicaof(master.host(), master.port());
				assertThatThrownBy(() -> join(former.read(List.of(key())))).hasMessageContaining("READONLY");
				assertThatThrownBy(() -> join(former.write(List.of(key()), POSITION, TTL)))
					.hasMessageContaining("READONLY");
				assertThatThrownBy(() -> join(former.epochs())).hasMessageContaining("READONLY");
				client.sync().replicaofNoOne();
				assertThat(join(former.read(List.of(key()))).get(0).epoch()).isNotIn(before);
				assertThat(join(former.epochs())).hasSize(16).doesNotContainAnyElementsOf(before);
				assertThat(former.interruptions()).isZero();
			});
		}
	}

	// Who only reads must not rely on markers that nobody else can write.
	@Test
	void fullServerTellsNothing() {
		try (EmbeddedRedis full = EmbeddedRedis.start()) {
			withStoreOn(full, (store, client) -> {
				join(store.epochs());
				client.sync().configSet("maxmemory", "1");
				assertThatThrownBy(() -> join(store.read(List.of(key())))).hasMessageContaining("OOM");
				assertThatThrownBy(() -> join(store.write(List.of(key()), POSITION, TTL))).hasMessageContaining("OOM");
				assertThatThrownBy(() -> join(store.epochs())).hasMessageContaining("OOM");
				client.sync().configSet("maxmemory", "0");
				assertThat(join(store.read(List.of(key()))).get(0).position()).isNull();
			});
		}
	}

	// Lettuce would keep the questions, and send them all when it is back.
	@Test
	void serverThatIsAwayIsNotAsked() {
		try (EmbeddedRedis away = EmbeddedRedis.start()) {
			withStoreOn(away, (store, client) -> {
				join(store.epochs());
				away.stop();
				await().until(() -> store.interruptions() > 0);
				for (int i = 0; i < 10; i++) {
					assertThatIllegalStateException().isThrownBy(store::epochs).withMessage("not connected");
				}
				away.restart();
				await().ignoreExceptions().until(() -> join(store.epochs()).size() == 16);
				assertThat(client.sync().info("commandstats")).contains("cmdstat_eval:calls=1,");
			});
		}
	}

	@Test
	void readingLeavesNothingBehind() {
		template.delete(scan());
		join(this.store.read(List.of(key())));
		assertThat(scan()).isEmpty();
	}

	private void withStoreOn(EmbeddedRedis server,
			BiConsumer<LettuceMarkerStore, StatefulRedisConnection<String, String>> test) {
		LettuceConnectionFactory factory = new LettuceConnectionFactory(server.host(), server.port());
		factory.afterPropertiesSet();
		factory.start();
		try (LettuceMarkerStore other = new LettuceMarkerStore(factory, "app");
				StatefulRedisConnection<String, String> client = ((RedisClient) factory.getRequiredNativeClient())
					.connect()) {
			test.accept(other, client);
		}
		finally {
			factory.destroy();
		}
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
	void clientOfAFactoryThatWasStoppedAndStartedIsWatchedToo() {
		try (EmbeddedRedis server = EmbeddedRedis.start()) {
			withFactory(new LettuceConnectionFactory(server.host(), server.port()), (factory, store) -> {
				join(store.epochs());
				factory.stop();
				factory.start();
				join(store.epochs());
				long before = store.interruptions();
				server.stop();
				await().until(() -> store.interruptions() > before);
			});
		}
	}

	@Test
	void connectionThatIsNotSharedIsTakenOnce() {
		LettuceConnectionFactory own = new LettuceConnectionFactory(redis.host(), redis.port());
		own.setShareNativeConnection(false);
		withFactory(own, (factory, store) -> {
			join(store.epochs());
			int before = clients();
			for (int i = 0; i < 10; i++) {
				join(store.epochs());
			}
			// Those of another test may end meanwhile.
			assertThat(clients()).isLessThanOrEqualTo(before);
		});
	}

	private static int clients() {
		try (RedisConnection connection = connections.getConnection()) {
			return Objects.requireNonNull(connection.serverCommands().getClientList()).size();
		}
	}

	@Test
	void clusterThatTheClientTakesForAServerIsAskedSlotBySlot(@TempDir Path folder) {
		try (EmbeddedRedis alone = EmbeddedRedis.start("--cluster-enabled", "yes", "--cluster-config-file",
				folder.resolve("nodes.conf").toString())) {
			withStoreOn(alone, (store, client) -> {
				client.sync().clusterAddSlots(IntStream.range(0, SlotHash.SLOT_COUNT).toArray());
				await().until(() -> client.sync().clusterInfo().contains("cluster_state:ok"));
				assertThatThrownBy(() -> join(store.epochs())).hasMessageContaining("CROSSSLOT");
				assertThat(join(store.epochs())).hasSize(16);
				List<String> keys = IntStream.range(0, 16)
					.mapToObj((part) -> Integer.toHexString(part) + key().substring(1))
					.toList();
				join(store.write(keys, POSITION, TTL));
				assertThat(join(store.read(keys)))
					.allSatisfy((marker) -> assertThat(marker.position()).isEqualTo(POSITION));
			});
		}
	}

	private static void withFactory(LettuceConnectionFactory factory,
			BiConsumer<LettuceConnectionFactory, LettuceMarkerStore> test) {
		factory.afterPropertiesSet();
		factory.start();
		try (LettuceMarkerStore other = new LettuceMarkerStore(factory, "app")) {
			test.accept(factory, other);
		}
		finally {
			factory.destroy();
		}
	}

	@Test
	void isStoppedWithTheConnectionFactory() {
		withFactory(new LettuceConnectionFactory(redis.host(), redis.port()), (factory, store) -> {
			assertThat(store.isStopped()).isFalse();
			factory.stop();
			assertThat(store.isStopped()).isTrue();
		});
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
