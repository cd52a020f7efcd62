package example;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

import dev.tidemark.test.EmbeddedRedis;
import dev.tidemark.test.PostgresReplica;
import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.Profile;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Makes the servers misbehave. What is asked twice is done once. Servers that the demo
 * has not started are not its to stop.
 */
@Profile("!compose")
@RestController
@RequestMapping("/lab")
class LabController {

	private static final long MAX_DELAY_MS = Duration.ofHours(1).toMillis();

	private final DemoServers servers;

	LabController(DemoServers servers) {
		this.servers = servers;
	}

	@PostMapping("/replicas/{name}/{action}")
	ReplicaState replica(@PathVariable String name, @PathVariable String action) {
		PostgresReplica replica = find(name);
		switch (action) {
			case "pause" -> running(replica).pauseReplay();
			case "resume" -> resume(replica);
			case "stop" -> replica.stop();
			case "start" -> replica.start();
			default -> throw Problem.notFound("Nothing is called '" + action
					+ "' in the lab: a replica can pause, resume, stop, start and delay");
		}
		return state(replica);
	}

	@PostMapping("/replicas/{name}/delay")
	ReplicaState delay(@PathVariable String name, @RequestBody Delay delay) {
		PostgresReplica replica = find(name);
		long ms = Input.between("ms", delay.ms, 0, MAX_DELAY_MS);
		running(replica).delayReplay(Duration.ofMillis(ms));
		return state(replica);
	}

	@PostMapping("/redis/{action}")
	RedisState redis(@PathVariable String action) {
		EmbeddedRedis redis = this.servers.redis();
		synchronized (redis) {
			switch (action) {
				case "stop" -> redis.stop();
				case "start" -> start(redis);
				default ->
					throw Problem.notFound("Nothing is called '" + action + "' in the lab: Redis can stop and start");
			}
			return new RedisState(redis.isRunning());
		}
	}

	private static void start(EmbeddedRedis redis) {
		if (!redis.isRunning()) {
			redis.restart();
		}
	}

	/**
	 * A pause ends with a stop, so there is nothing to resume on a replica that is down.
	 */
	private static void resume(PostgresReplica replica) {
		if (replica.isRunning()) {
			replica.resumeReplay();
		}
	}

	private PostgresReplica find(String name) {
		List<PostgresReplica> replicas = this.servers.postgres().replicas();
		return replicas.stream()
			.filter((replica) -> replica.name().equals(name))
			.findFirst()
			.orElseThrow(() -> Problem.notFound("There is no replica '" + name + "', only "
					+ replicas.stream().map(PostgresReplica::name).collect(Collectors.joining(", "))));
	}

	private static PostgresReplica running(PostgresReplica replica) {
		if (!replica.isRunning()) {
			throw Problem.conflict(replica.name() + " is stopped: start it first");
		}
		return replica;
	}

	private static ReplicaState state(PostgresReplica replica) {
		if (!replica.isRunning()) {
			return new ReplicaState(replica.name(), false, false, null);
		}
		try (Connection connection = replica.open();
				Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("select pg_is_wal_replay_paused(), setting::bigint "
						+ "from pg_settings where name = 'recovery_min_apply_delay'")) {
			row.next();
			return new ReplicaState(replica.name(), true, row.getBoolean(1), row.getLong(2));
		}
		catch (SQLException ex) {
			throw new IllegalStateException("Cannot ask " + replica.name() + " for its state", ex);
		}
	}

	/**
	 * How much later to replay.
	 */
	record Delay(@Nullable Long ms) {

	}

	/**
	 * What the lab has made of a replica.
	 *
	 * @param delayMs how much later it replays, {@code null} while it does not run
	 */
	record ReplicaState(String name, boolean running, boolean paused, @Nullable Long delayMs) {

	}

	/**
	 * What the lab has made of Redis.
	 */
	record RedisState(boolean running) {

	}

}
