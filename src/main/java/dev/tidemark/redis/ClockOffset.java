package dev.tidemark.redis;

import java.util.concurrent.TimeUnit;

/**
 * How far a server's clock is ahead of this machine's monotonic one, as well as one
 * answer tells: the longer it took, the less. In microseconds.
 *
 * @param least the server's time less the moment when the answer came
 * @param most the server's time less the moment when the question was sent
 */
record ClockOffset(long least, long most) {

	/**
	 * Clocks drift; steps that matter are longer than a marker's life outlasts
	 * max-staleness.
	 */
	private static final long TOLERANCE = TimeUnit.SECONDS.toMicros(1);

	private static final long PRECISE = TimeUnit.MILLISECONDS.toMicros(100);

	/**
	 * Create an offset.
	 * @param micros the server's time
	 * @param sent when it was asked for, by {@link System#nanoTime()}
	 * @param received when it came
	 */
	ClockOffset(long micros, long sent, long received) {
		this(micros - TimeUnit.NANOSECONDS.toMicros(received), micros - TimeUnit.NANOSECONDS.toMicros(sent));
	}

	/**
	 * Return whether the answer came soon enough to compare others with it.
	 */
	boolean isPrecise() {
		return this.most - this.least < PRECISE;
	}

	/**
	 * Return whether the server's clock was certainly set between two answers.
	 * @param before the offset that another answer told
	 * @return {@code false} if drift and slow answers explain the difference
	 */
	boolean isStepFrom(ClockOffset before) {
		return this.least - before.most > TOLERANCE || before.least - this.most > TOLERANCE;
	}

}
