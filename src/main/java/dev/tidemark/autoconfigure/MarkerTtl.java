package dev.tidemark.autoconfigure;

import java.time.Duration;
import java.util.function.Supplier;

import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaState;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;

/**
 * The life of a marker.
 */
final class MarkerTtl {

	private static final String AUTO = "auto";

	private static final Duration SHORTEST_MARGIN = Duration.ofSeconds(1);

	private MarkerTtl() {
	}

	/**
	 * Return the life that is configured.
	 * @param text the property's value
	 * @return the life, {@code null} if it is to follow the lag
	 */
	static @Nullable Duration fixed(String text) {
		if (text.strip().equalsIgnoreCase(AUTO)) {
			return null;
		}
		try {
			return DurationStyle.detectAndParse(text);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidTidemarkConfigurationException(
					"tidemark.marker.ttl is '" + text + "', which is neither a duration nor auto.",
					"Set tidemark.marker.ttl to a duration such as 60s, or to auto.");
		}
	}

	/**
	 * Return the life from now on. It exceeds max-staleness, because a replica that lags
	 * by that much may serve reads; by twice the largest lag of a replica in rotation, so
	 * that one that falls back further meets its markers.
	 * @param properties what is configured
	 * @param status what is known of the servers
	 * @return the life of a marker that is written now
	 */
	static Supplier<Duration> of(TidemarkProperties properties, Supplier<ClusterStatus> status) {
		Duration fixed = fixed(properties.marker().ttl());
		if (fixed != null) {
			return () -> fixed;
		}
		Duration maxStaleness = properties.consistency().maxStaleness();
		return () -> maxStaleness.plus(margin(status.get(), maxStaleness));
	}

	private static Duration margin(ClusterStatus status, Duration maxStaleness) {
		long now = System.nanoTime();
		Duration lag = status.replicas()
			.stream()
			.filter((replica) -> mayServe(replica.state()) && replica.hasStalenessBound())
			.map((replica) -> replica.lag(now))
			.filter((measured) -> measured.compareTo(maxStaleness) <= 0)
			.max(Duration::compareTo)
			.orElse(Duration.ZERO);
		Duration margin = lag.multipliedBy(2);
		return (margin.compareTo(SHORTEST_MARGIN) > 0) ? margin : SHORTEST_MARGIN;
	}

	/**
	 * A replica that is drained here may serve on another instance.
	 */
	private static boolean mayServe(ReplicaState state) {
		return state == ReplicaState.REPLICATING || state == ReplicaState.DRAINED;
	}

}
