package dev.tidemark.test;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Waits for a condition that can only be polled, never longer than a limit.
 */
final class Await {

	/**
	 * What a healthy server does within milliseconds has failed after this time.
	 */
	static final Duration LIMIT = Duration.ofSeconds(60);

	private static final long SHORTEST_PAUSE_NANOS = 1_000_000;

	private static final long LONGEST_PAUSE_NANOS = 20_000_000;

	private Await() {
	}

	/**
	 * Wait until the condition holds.
	 * @param failure what to say when it does not
	 * @throws IllegalStateException when the condition does not hold within
	 * {@link #LIMIT}, or when this thread is interrupted
	 */
	static void until(BooleanSupplier condition, Supplier<String> failure) {
		if (!within(LIMIT, condition)) {
			throw new IllegalStateException(failure.get());
		}
	}

	/**
	 * Wait until the condition holds or the limit has passed. The condition is checked at
	 * least once.
	 * @return whether the condition holds
	 * @throws IllegalStateException when this thread is interrupted; it stays interrupted
	 */
	static boolean within(Duration limit, BooleanSupplier condition) {
		long start = System.nanoTime();
		long pause = SHORTEST_PAUSE_NANOS;
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - start >= limit.toNanos()) {
				return false;
			}
			if (Thread.currentThread().isInterrupted()) {
				throw new IllegalStateException("Interrupted while waiting for a test server");
			}
			LockSupport.parkNanos(pause);
			pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
		}
		return true;
	}

	/**
	 * Do something that must not be left half done. An interrupt takes effect afterwards.
	 */
	static void uninterrupted(Runnable action) {
		boolean interrupted = Thread.interrupted();
		try {
			action.run();
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

}
