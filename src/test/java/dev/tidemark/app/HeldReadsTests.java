package dev.tidemark.app;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

import dev.tidemark.fault.TcpProxy;
import dev.tidemark.history.Cells;
import dev.tidemark.history.Instance;
import dev.tidemark.history.Read.Seen;
import dev.tidemark.history.Step;
import dev.tidemark.history.Step.Action;
import dev.tidemark.history.Step.Place;
import dev.tidemark.marker.Markers;
import dev.tidemark.test.ReplicatedPostgres;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What was read on the primary while Redis did not answer one instance, and did answer
 * another.
 */
class HeldReadsTests {

	private static final String ROW = "row";

	/**
	 * For which reads of the primary are held.
	 */
	private static final long LONG = Markers.LONGEST_HOLD.toNanos();

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	@Test
	void readOfThePrimaryReturnsWhenNoInstanceCanFallBehindIt() throws Exception {
		try (Servers servers = new Servers(ReplicatedPostgres.builder().start());
				TcpProxy redis = TcpProxy.to(servers.redis().host(), servers.redis().port())) {
			Cells.create(servers.postgres().primary());
			servers.postgres().awaitReplicated();
			try (Instance cutOff = Instance.start(servers, "spring.data.redis.port=" + redis.port(),
					"tidemark.marker.timeout=50ms"); Instance other = Instance.start(servers)) {
				Awaitility.await()
					.atMost(PATIENCE)
					.until(() -> perform(other, "reader", Action.READ_SESSION).onReplica());
				servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ofMillis(300)));
				other.performAs("writer", step(Action.WRITE));
				redis.silence();
				assertThat(perform(cutOff, "reader", Action.READ_PRIMARY).versions()).containsEntry(ROW, 1L);
				assertThat(perform(other, "reader", Action.READ_SESSION).versions()).containsEntry(ROW, 1L);
			}
		}
	}

	// What is read then is neither held nor kept.
	@Test
	void storeIsNotReliedOnBeforeTheOtherInstanceHasFoundItToo() throws Exception {
		try (Servers servers = new Servers(ReplicatedPostgres.builder().start());
				TcpProxy redisOfOne = TcpProxy.to(servers.redis().host(), servers.redis().port());
				TcpProxy redisOfOther = TcpProxy.to(servers.redis().host(), servers.redis().port())) {
			Cells.create(servers.postgres().primary());
			servers.postgres().awaitReplicated();
			try (Instance one = seldomAsking(servers, redisOfOne);
					Instance other = seldomAsking(servers, redisOfOther)) {
				Awaitility.await()
					.atMost(PATIENCE)
					.until(() -> perform(other, "reader", Action.READ_SESSION).onReplica());
				servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ofSeconds(5)));
				redisOfOne.silence();
				redisOfOther.silence();
				for (Instance instance : List.of(one, other)) {
					assertThat(perform(instance, "reader", Action.READ_SESSION).onReplica()).isFalse();
					Awaitility.await().atMost(PATIENCE).until(() -> instance.markers().isAwayFor(LONG));
				}
				redisOfOther.heal();
				Awaitility.await().atMost(PATIENCE).until(() -> !other.markers().isAwayFor(LONG));
				writeElsewhere(servers);
				assertThat(perform(one, "reader", Action.READ_PRIMARY).versions()).containsEntry(ROW, 1L);
				assertThat(perform(other, "reader", Action.READ_SESSION).versions()).containsEntry(ROW, 1L);
				redisOfOne.heal();
				Awaitility.await().atMost(PATIENCE).until(other.markers()::isAvailable);
				assertThat(perform(other, "reader", Action.READ_SESSION).versions()).containsEntry(ROW, 1L);
			}
		}
	}

	private static Instance seldomAsking(Servers servers, TcpProxy redis) {
		return Instance.start(servers, "spring.data.redis.port=" + redis.port(), "tidemark.marker.timeout=50ms",
				"tidemark.monitor.interval=2s");
	}

	/**
	 * Nobody holds this commit.
	 */
	private static void writeElsewhere(Servers servers) throws SQLException {
		try (Connection connection = servers.postgres().primary().open();
				Statement statement = connection.createStatement()) {
			statement.execute("INSERT INTO cell VALUES ('" + ROW + "', 1)");
		}
	}

	private static Seen perform(Instance instance, String user, Action action) throws Exception {
		Seen seen = instance.performAs(user, step(action)).seen();
		assertThat(seen).isNotNull();
		return seen;
	}

	private static Step step(Action action) {
		return new Step(action, Place.SAME_THREAD, 0, ROW, List.of(ROW));
	}

}
