package dev.tidemark.redis;

import java.util.concurrent.atomic.AtomicLong;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Steps of the clock of Redis, which can't be set for one process: a step of the local
 * clock back is the same to a store.
 */
public final class ClockSteps {

	private ClockSteps() {
	}

	/**
	 * Return a store that sees the clock of Redis ahead.
	 * @param ahead by how many nanoseconds
	 */
	public static LettuceMarkerStore store(LettuceConnectionFactory connections, String prefix, AtomicLong ahead) {
		return new LettuceMarkerStore(connections, prefix, () -> System.nanoTime() - ahead.get());
	}

}
