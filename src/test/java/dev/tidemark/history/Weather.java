package dev.tidemark.history;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import dev.tidemark.test.PostgresReplica;

/**
 * What replicas suffer while sessions take place: delays that differ and change, pauses,
 * now and then a restart. The last replica lags most. When it is closed, all replicas are
 * well.
 */
final class Weather implements AutoCloseable {

	/**
	 * The longest delay of the first replica, of the second, and so on.
	 */
	private static final int[] LONGEST_DELAYS = { 100, 600, 2500 };

	private final List<PostgresReplica> replicas;

	private final Random random;

	private final Set<PostgresReplica> paused = new HashSet<>();

	private final Repeated changes;

	private Weather(List<PostgresReplica> replicas, long seed) {
		this.replicas = replicas;
		this.random = new Random(seed);
		this.changes = Repeated.every(300, TimeUnit.MILLISECONDS, this::change);
	}

	static Weather over(List<PostgresReplica> replicas, long seed) {
		return new Weather(replicas, seed);
	}

	private void change() {
		int number = this.random.nextInt(this.replicas.size());
		PostgresReplica replica = this.replicas.get(number);
		int drawn = this.random.nextInt(100);
		if (this.paused.contains(replica)) {
			resume(replica, drawn);
		}
		else if (drawn < 3) {
			replica.restart();
		}
		else if (drawn < 15) {
			replica.pauseReplay();
			this.paused.add(replica);
		}
		else {
			replica.delayReplay(Duration.ofMillis(this.random.nextInt(LONGEST_DELAYS[number])));
		}
	}

	/**
	 * A pause lasts about three seconds.
	 */
	private void resume(PostgresReplica replica, int drawn) {
		if (drawn < 30) {
			replica.resumeReplay();
			this.paused.remove(replica);
		}
	}

	@Override
	public void close() throws Exception {
		this.changes.close();
		for (PostgresReplica replica : this.replicas) {
			replica.resumeReplay();
			replica.delayReplay(Duration.ZERO);
		}
	}

}
