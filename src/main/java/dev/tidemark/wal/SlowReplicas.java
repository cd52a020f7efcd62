package dev.tidemark.wal;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * Tells which replicas answer so much later than another one that reads better go
 * elsewhere. Where all are slow, none is. Does no input or output. Not thread-safe.
 * <p>
 * A replica is slow when it was so at two looks in a row, and until it was clearly not at
 * every look for a while.
 */
final class SlowReplicas {

	/**
	 * An answer that takes less is never slow.
	 */
	static final long LEAST = TimeUnit.MILLISECONDS.toNanos(200);

	/**
	 * How long a replica has to answer in time until it is not slow any more.
	 */
	static final long RECOVERY = TimeUnit.SECONDS.toNanos(1);

	private static final int TIMES_SLOWER = 4;

	private final Map<String, Pace> paces = new HashMap<>();

	/**
	 * Look at the replicas.
	 * @param times how long each replica in rotation took for its last answer, or takes
	 * for its next one, in nanoseconds
	 * @param now the current {@link System#nanoTime()}
	 * @return the names of those that are slow
	 */
	Set<String> look(Map<String, Long> times, long now) {
		this.paces.keySet().retainAll(times.keySet());
		times.forEach((name, time) -> {
			long limit = limit(name, times);
			this.paces.merge(name, Pace.STEADY.next(time, limit, now), (pace, first) -> pace.next(time, limit, now));
		});
		return this.paces.entrySet()
			.stream()
			.filter((entry) -> times.size() > 1 && entry.getValue().slow())
			.map(Map.Entry::getKey)
			.collect(Collectors.toUnmodifiableSet());
	}

	private static long limit(String name, Map<String, Long> times) {
		long fastestOther = times.entrySet()
			.stream()
			.filter((other) -> !other.getKey().equals(name))
			.mapToLong(Map.Entry::getValue)
			.min()
			.orElse(Long.MAX_VALUE / TIMES_SLOWER);
		return Math.max(LEAST, TIMES_SLOWER * fastestOther);
	}

	/**
	 * How a replica answers.
	 *
	 * @param late whether it was late at the last look
	 * @param slow whether it is slow
	 * @param inTimeSince the moment of the first look in a row at which it was clearly in
	 * time, {@code null} if it was not at the last one
	 */
	private record Pace(boolean late, boolean slow, @Nullable Long inTimeSince) {

		static final Pace STEADY = new Pace(false, false, null);

		Pace next(long time, long limit, long now) {
			if (time > limit) {
				return new Pace(true, this.slow || this.late, null);
			}
			if (!this.slow) {
				return STEADY;
			}
			if (time > limit / 2) {
				return new Pace(false, true, null);
			}
			long since = (this.inTimeSince != null) ? this.inTimeSince : now;
			return (now - since >= RECOVERY) ? STEADY : new Pace(false, true, since);
		}

	}

}
