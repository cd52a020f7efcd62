package example;

import java.time.Duration;
import java.util.Map;

import dev.tidemark.test.EmbeddedRedis;
import dev.tidemark.test.PostgresReplica;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * Makes the servers misbehave. In the demo only.
 */
@RestController
class LabController {

	private final DemoServers servers;

	LabController(DemoServers servers) {
		this.servers = servers;
	}

	@PostMapping("/lab/replicas/{name}/pause")
	Map<String, Object> pause(@PathVariable String name) {
		running(name).pauseReplay();
		return Map.of("replica", name, "state", "paused");
	}

	@PostMapping("/lab/replicas/{name}/resume")
	Map<String, Object> resume(@PathVariable String name) {
		running(name).resumeReplay();
		return Map.of("replica", name, "state", "running");
	}

	@PostMapping("/lab/replicas/{name}/stop")
	synchronized Map<String, Object> stop(@PathVariable String name) {
		PostgresReplica replica = replica(name);
		if (replica.isRunning()) {
			replica.stop();
		}
		return Map.of("replica", name, "state", "stopped");
	}

	@PostMapping("/lab/replicas/{name}/start")
	synchronized Map<String, Object> start(@PathVariable String name) {
		PostgresReplica replica = replica(name);
		if (!replica.isRunning()) {
			replica.start();
		}
		return Map.of("replica", name, "state", "running");
	}

	@PostMapping("/lab/replicas/{name}/delay")
	Map<String, Object> delay(@PathVariable String name, @RequestBody Delay delay) {
		if (delay.ms < 0) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "'ms' must not be negative");
		}
		running(name).delayReplay(Duration.ofMillis(delay.ms));
		return Map.of("replica", name, "state", "running", "delayMs", delay.ms);
	}

	@PostMapping("/lab/redis/stop")
	synchronized Map<String, Object> stopRedis() {
		EmbeddedRedis redis = this.servers.redis();
		if (redis.isRunning()) {
			redis.stop();
		}
		return Map.of("redis", "stopped");
	}

	/**
	 * Redis comes back empty.
	 */
	@PostMapping("/lab/redis/start")
	synchronized Map<String, Object> startRedis() {
		EmbeddedRedis redis = this.servers.redis();
		if (!redis.isRunning()) {
			redis.restart();
		}
		return Map.of("redis", "running");
	}

	private PostgresReplica replica(String name) {
		try {
			return this.servers.postgres().replica(name);
		}
		catch (IllegalArgumentException ex) {
			throw new NotFoundException(ex.getMessage());
		}
	}

	private PostgresReplica running(String name) {
		PostgresReplica replica = replica(name);
		if (!replica.isRunning()) {
			throw new ResponseStatusException(HttpStatus.CONFLICT,
					"The replica " + name + " is stopped: start it first");
		}
		return replica;
	}

	record Delay(long ms) {

	}

}
