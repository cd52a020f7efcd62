package dev.tidemark.app;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.Consumer;

import dev.tidemark.redis.RedisCluster;
import dev.tidemark.redis.RedisNode;
import dev.tidemark.redis.RedisSentinels;
import dev.tidemark.test.PostgresReplica;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * RYW on Redis with Sentinel and on Redis Cluster, where a failover loses markers. The
 * replicas of PostgreSQL replay nothing meanwhile.
 */
class RedisFailoverTests {

	private static final int USERS = 32;

	private static Servers servers;

	@BeforeAll
	static void start() {
		servers = new Servers();
	}

	@AfterAll
	static void stop() {
		servers.close();
	}

	@BeforeEach
	void createTable() throws Exception {
		try (Connection connection = servers.postgres().primary().open();
				Statement statement = connection.createStatement()) {
			statement.execute("DROP TABLE IF EXISTS note; CREATE TABLE note (owner text)");
		}
		servers.postgres().awaitReplicated();
	}

	@AfterEach
	void resume() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
	}

	@Test
	void sentinelPromotesAReplicaThatLostMarkers() {
		try (RedisSentinels redis = new RedisSentinels();
				NotesApplication writer = sentinelApplication(redis);
				NotesApplication reader = sentinelApplication(redis)) {
			loseMarkers(writer, reader, redis.master(), RedisNode::kill, redis.replica());
		}
	}

	@Test
	void sentinelPromotesAReplicaBehindAClientThatReadsFromReplicas() {
		String readFrom = "spring.data.redis.lettuce.read-from=replica-preferred";
		try (RedisSentinels redis = new RedisSentinels();
				NotesApplication writer = sentinelApplication(redis, readFrom);
				NotesApplication reader = sentinelApplication(redis, readFrom)) {
			loseMarkers(writer, reader, redis.master(), RedisNode::kill, redis.replica());
		}
	}

	private static NotesApplication sentinelApplication(RedisSentinels redis, String... more) {
		return NotesApplication.on(servers, more, "spring.data.redis.sentinel.master=" + RedisSentinels.MASTER,
				"spring.data.redis.sentinel.nodes=" + redis.addresses());
	}

	@Test
	void clusterPromotesAReplicaThatLostMarkers() {
		try (RedisCluster redis = new RedisCluster();
				NotesApplication writer = clusterApplication(redis);
				NotesApplication reader = clusterApplication(redis)) {
			loseMarkers(writer, reader, redis.node(0), RedisNode::kill, redis.replica());
		}
	}

	@Test
	void clusterPromotesAReplicaWhileTheMasterIsFrozen() {
		try (RedisCluster redis = new RedisCluster();
				NotesApplication writer = clusterApplication(redis);
				NotesApplication reader = clusterApplication(redis)) {
			loseMarkers(writer, reader, redis.node(0), (master) -> master.server().freeze(), redis.replica());
		}
	}

	@Test
	void masterOfAClusterComesBackEmpty() {
		try (RedisCluster redis = new RedisCluster();
				NotesApplication writer = clusterApplication(redis);
				NotesApplication reader = clusterApplication(redis)) {
			loseMarkers(writer, reader, redis.node(1), RedisNode::restartEmpty, redis.node(1));
		}
	}

	private static NotesApplication clusterApplication(RedisCluster redis) {
		redis.nodes().forEach((node) -> node.allow("+cluster"));
		return NotesApplication.on(servers, new String[] { "spring.data.redis.timeout=1s" },
				"spring.data.redis.cluster.nodes=" + redis.addresses(),
				"spring.data.redis.lettuce.cluster.refresh.period=500ms");
	}

	/**
	 * Everybody writes on one instance, markers are lost, and everybody reads on another.
	 */
	private static void loseMarkers(NotesApplication writer, NotesApplication reader, RedisNode master,
			Consumer<RedisNode> fault, RedisNode next) {
		Awaitility.await().until(() -> readAll(reader).onReplica() == USERS);
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		master.stopReplicating();
		for (int user = 0; user < USERS; user++) {
			writer.write("user" + user);
		}
		assertThat(readAll(reader)).isEqualTo(new Reads(USERS, 0));
		fault.accept(master);
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
			assertThat(readAll(reader)).isEqualTo(new Reads(USERS, 0));
			return next.isMaster() && reader.trustsMarkers();
		});
		assertThat(readAll(reader)).isEqualTo(new Reads(USERS, 0));
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> readAll(reader).onReplica() == USERS);
		writer.write("user0");
		assertThat(reader.read("user0").notes()).isEqualTo(2);
	}

	private static Reads readAll(NotesApplication reader) {
		int notes = 0;
		int onReplica = 0;
		for (int user = 0; user < USERS; user++) {
			NotesApplication.Notes found = reader.read("user" + user);
			notes += found.notes();
			onReplica += found.onReplica() ? 1 : 0;
		}
		return new Reads(notes, onReplica);
	}

	private record Reads(int notes, int onReplica) {

	}

}
