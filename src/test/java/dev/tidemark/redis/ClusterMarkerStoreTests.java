package dev.tidemark.redis;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import dev.tidemark.marker.Marker;
import dev.tidemark.marker.MarkerStore;
import dev.tidemark.marker.MarkerStoreContractTests;
import dev.tidemark.wal.WalPosition;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LettuceMarkerStore} on a real Redis Cluster.
 */
class ClusterMarkerStoreTests extends MarkerStoreContractTests {

	private static final WalPosition POSITION = new WalPosition(1, 0xB00);

	private static RedisCluster cluster;

	private static LettuceConnectionFactory connections;

	private LettuceMarkerStore store;

	@BeforeAll
	static void start() {
		cluster = new RedisCluster();
		connections = connect();
	}

	private static LettuceConnectionFactory connect() {
		LettuceClientConfiguration client = LettuceClientConfiguration.builder()
			.commandTimeout(Duration.ofSeconds(1))
			.clientOptions(ClusterClientOptions.builder()
				.topologyRefreshOptions(
						ClusterTopologyRefreshOptions.builder().enablePeriodicRefresh(Duration.ofMillis(200)).build())
				.build())
			.build();
		LettuceConnectionFactory factory = new LettuceConnectionFactory(
				new RedisClusterConfiguration(Arrays.asList(cluster.addresses().split(","))), client);
		factory.afterPropertiesSet();
		factory.start();
		return factory;
	}

	@AfterAll
	static void stop() {
		connections.destroy();
		cluster.close();
	}

	@BeforeEach
	void open() {
		this.store = new LettuceMarkerStore(connections, "app");
		join(this.store.epochs());
	}

	@AfterEach
	void close() {
		this.store.close();
	}

	@Override
	protected MarkerStore store() {
		return this.store;
	}

	@Override
	protected void pass(Duration time) {
		StringRedisTemplate template = new StringRedisTemplate(connections);
		template.opsForValue().set("passing", "", time);
		await().until(() -> !template.hasKey("passing"));
	}

	/**
	 * Return a key for each part.
	 */
	private List<String> keys() {
		return IntStream.range(0, 16).mapToObj((part) -> Integer.toHexString(part) + key().substring(1)).toList();
	}

	private static int masterOf(String key) {
		return SlotHash.getSlot("app:{" + key.charAt(0) + "}:" + key) * 3 / SlotHash.SLOT_COUNT;
	}

	private Set<String> epochs(int master) {
		Set<String> epochs = new HashSet<>();
		List<Marker> markers = join(this.store.read(keys()));
		for (int i = 0; i < 16; i++) {
			if (masterOf(keys().get(i)) == master) {
				epochs.add(markers.get(i).epoch());
			}
		}
		return epochs;
	}

	@Test
	void allMastersKeepMarkers() {
		assertThat(keys()).extracting(ClusterMarkerStoreTests::masterOf).contains(0, 1, 2);
		join(this.store.write(keys(), POSITION, TTL));
		assertThat(join(this.store.read(keys()))).extracting(Marker::position).containsOnly(POSITION).hasSize(16);
	}

	@Test
	void looksAtTheTopologyAreNoInterruptions() {
		RedisClusterClient client = (RedisClusterClient) connections.getRequiredNativeClient();
		client.refreshPartitions();
		assertThat(this.store.interruptions()).isZero();
	}

	@Test
	void masterThatIsRestartedEmptyLosesItsEpochsOnly() {
		Set<String> before = join(this.store.epochs());
		join(this.store.write(keys(), POSITION, TTL));
		Set<String> lost = epochs(1);
		cluster.node(1).server().kill();
		cluster.node(1).server().restart();
		cluster.awaitAgreement();
		await().ignoreExceptions().untilAsserted(() -> assertThat(epochs(1)).containsOnlyNulls());
		assertThat(before).containsAll(epochs(0)).containsAll(epochs(2));
		Set<String> after = join(this.store.epochs());
		assertThat(after).hasSize(16).doesNotContainAnyElementsOf(lost).containsAll(epochs(0)).containsAll(epochs(2));
	}

	@Test
	void masterThatIsReplacedTakesItsEpochsAlong() {
		RedisNode master = cluster.node(0).isMaster() ? cluster.node(0) : cluster.replica();
		RedisNode replica = (master == cluster.node(0)) ? cluster.replica() : cluster.node(0);
		await().until(replica::isFollowing);
		Set<String> before = join(this.store.epochs());
		assertThat(before).containsAll(epochs(0));
		assertThat(master.commands().waitForReplication(1, 10_000)).isOne();
		master.stopReplicating();
		join(this.store.write(keys(), POSITION, TTL));
		master.server().freeze();
		await().atMost(Duration.ofSeconds(30)).until(replica::isMaster);
		cluster.awaitAgreementOf((node) -> node != master);
		// The epoch keys are there, the markers are not.
		await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> {
			Set<String> after = epochs(0);
			assertThat(after).doesNotContainNull().doesNotContainAnyElementsOf(before);
		});
		assertThat(join(this.store.read(keys()))).extracting(Marker::position).containsNull().contains(POSITION);
		master.server().thaw();
		await().until(() -> !master.isMaster());
		// The former master sends its clients on.
		assertThat(epochs(0)).doesNotContainAnyElementsOf(before);
		master.startReplicating();
		cluster.awaitAgreement();
	}

}
