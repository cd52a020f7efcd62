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

	/**
	 * The other instance has 400 ms to find it, and a busy machine may take longer.
	 */
	private static final int ATTEMPTS = 10;

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
			try (Instance one = behind(redisOfOne, servers); Instance other = behind(redisOfOther, servers)) {
				Awaitility.await()
					.atMost(PATIENCE)
					.until(() -> perform(other, "reader", Action.READ_SESSION).onReplica());
				servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ofSeconds(5)));
				boolean inTime = false;
				for (long version = 1; !inTime && version <= ATTEMPTS; version++) {
					for (TcpProxy proxy : List.of(redisOfOne, redisOfOther)) {
						proxy.silence();
					}
					for (Instance instance : List.of(one, other)) {
						perform(instance, "finds out", Action.READ_SESSION);
						Awaitility.await().atMost(PATIENCE).until(() -> instance.markers().isAwayFor(LONG));
					}
					redisOfOther.heal();
					Awaitility.await()
						.atMost(PATIENCE)
						.pollDelay(Duration.ZERO)
						.pollInterval(Duration.ofMillis(2))
						.until(() -> !other.markers().isAwayFor(LONG));
					writeElsewhere(servers);
					for (String user : List.of("reader", "late reader")) {
						assertThat(perform(one, user, Action.READ_PRIMARY).versions()).containsEntry(ROW, version);
					}
					Seen seen = perform(other, "reader", Action.READ_SESSION);
					inTime = !other.markers().isAvailable();
					redisOfOne.heal();
					if (inTime) {
						assertThat(seen.versions()).containsEntry(ROW, version);
						Awaitility.await().atMost(PATIENCE).until(other.markers()::isAvailable);
						assertThat(perform(other, "late reader", Action.READ_SESSION).versions()).containsEntry(ROW,
								version);
					}
				}
				assertThat(inTime).as("relied on before the other instance can have found it").isTrue();
			}
		}
	}

	// No user has asked it anything meanwhile.
	@Test
	void storeIsNotReliedOnByWhoAskedNothingWhileItStoodStill() throws Exception {
		try (Servers servers = new Servers(ReplicatedPostgres.builder().start());
				TcpProxy redis = TcpProxy.to(servers.redis().host(), servers.redis().port())) {
			Cells.create(servers.postgres().primary());
			servers.postgres().awaitReplicated();
			try (Instance one = behind(redis, servers); Instance other = behind(redis, servers)) {
				Awaitility.await()
					.atMost(PATIENCE)
					.until(() -> perform(other, "reader", Action.READ_SESSION).onReplica());
				servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ofSeconds(5)));
				redis.silence();
				perform(one, "finds out", Action.READ_SESSION);
				Awaitility.await().atMost(PATIENCE).until(() -> one.markers().isAwayFor(LONG));
				writeElsewhere(servers);
				assertThat(perform(one, "reader", Action.READ_PRIMARY).versions()).containsEntry(ROW, 1L);
				redis.heal();
				assertThat(perform(other, "reader", Action.READ_SESSION).versions()).containsEntry(ROW, 1L);
			}
		}
	}

	private static Instance behind(TcpProxy redis, Servers servers) {
		return Instance.start(servers, "spring.data.redis.port=" + redis.port(), "tidemark.marker.timeout=50ms");
	}

	/**
	 * Nobody holds this commit.
	 */
	private static void writeElsewhere(Servers servers) throws SQLException {
		try (Connection connection = servers.postgres().primary().open();
				Statement statement = connection.createStatement()) {
			statement.execute("INSERT INTO cell VALUES ('" + ROW
					+ "', 1) ON CONFLICT (name) DO UPDATE SET version = cell.version + 1");
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
