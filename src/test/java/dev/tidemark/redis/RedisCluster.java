package dev.tidemark.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.lettuce.core.cluster.SlotHash;
import org.awaitility.Awaitility;

/**
 * A real Redis Cluster of three masters, the first of which has a replica.
 */
public final class RedisCluster implements AutoCloseable {

	private static final int MASTERS = 3;

	private final List<RedisNode> nodes = new ArrayList<>();

	/**
	 * Start a cluster that answers for all slots.
	 */
	public RedisCluster() {
		for (int i = 0; i <= MASTERS; i++) {
			this.nodes.add(RedisNode.start("--cluster-enabled", "yes", "--cluster-node-timeout", "1500",
					"--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0"));
		}
		for (int i = 0; i < MASTERS; i++) {
			node(i).commands()
				.clusterAddSlots(
						IntStream.range(i * SlotHash.SLOT_COUNT / MASTERS, (i + 1) * SlotHash.SLOT_COUNT / MASTERS)
							.toArray());
		}
		for (RedisNode node : this.nodes) {
			node.commands().clusterMeet(node(0).server().host(), node(0).server().port());
		}
		Awaitility.await().until(() -> knows(replica(), node(0)));
		replica().commands().clusterReplicate(node(0).commands().clusterMyId());
		Awaitility.await().until(replica()::isFollowing);
		awaitAgreement();
	}

	private static boolean knows(RedisNode node, RedisNode other) {
		return node.commands().clusterNodes().contains(other.commands().clusterMyId());
	}

	/**
	 * Wait until all nodes that run agree that all slots are served, by the same masters.
	 */
	public void awaitAgreement() {
		awaitAgreementOf((node) -> node.server().isRunning());
	}

	/**
	 * Wait until some nodes agree.
	 */
	void awaitAgreementOf(Predicate<RedisNode> which) {
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
			List<RedisNode> running = this.nodes.stream().filter(which).toList();
			return running.stream().allMatch((node) -> node.commands().clusterInfo().contains("cluster_state:ok"))
					&& running.stream().map(RedisCluster::slots).distinct().count() == 1;
		});
	}

	private static String slots(RedisNode node) {
		return node.commands()
			.clusterNodes()
			.lines()
			.map((line) -> line.split(" "))
			.filter((words) -> words.length > 8)
			.map((words) -> words[0] + " " + words[8])
			.sorted()
			.collect(Collectors.joining());
	}

	/**
	 * Return a node. The last one is the replica of the first.
	 */
	public RedisNode node(int number) {
		return this.nodes.get(number);
	}

	/**
	 * Return the replica of the first master.
	 */
	public RedisNode replica() {
		return node(MASTERS);
	}

	/**
	 * Return all nodes.
	 */
	public List<RedisNode> nodes() {
		return this.nodes;
	}

	/**
	 * Return how applications name the cluster.
	 */
	public String addresses() {
		return this.nodes.stream().map(RedisNode::address).collect(Collectors.joining(","));
	}

	@Override
	public void close() {
		this.nodes.forEach(RedisNode::close);
	}

}
