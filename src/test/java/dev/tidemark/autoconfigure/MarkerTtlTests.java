package dev.tidemark.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.PrimaryStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.WalPosition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link MarkerTtl}.
 */
class MarkerTtlTests {

	private static Duration ttl(String ttl, ReplicaStatus... replicas) {
		TidemarkProperties properties = new Binder(
				new MapConfigurationPropertySource(Map.of("tidemark.marker.ttl", ttl)))
			.bindOrCreate("tidemark", TidemarkProperties.class);
		ClusterStatus status = new ClusterStatus(
				new PrimaryStatus(true, "1", new WalPosition(1, 100), new WalPosition(1, 1)), List.of(replicas));
		return MarkerTtl.of(properties, () -> status).get();
	}

	private static ReplicaStatus lagging(Duration lag, ReplicaState state) {
		long now = System.nanoTime();
		return new ReplicaStatus("a", state, new WalPosition(1, 50), now, now - lag.toNanos(), now);
	}

	@Test
	void followsWhatIsConfigured() {
		assertThat(ttl("90s", lagging(Duration.ofSeconds(9), ReplicaState.REPLICATING)))
			.isEqualTo(Duration.ofSeconds(90));
	}

	// The limit of the application is ten seconds.
	@ParameterizedTest
	@CsvSource({ "0, 11000", "200, 11000", "500, 11000", "501, 11002", "3000, 16000", "10000, 30000", "10001, 11000" })
	void followsTheLagAndExceedsTheLimit(long lag, long ttl) {
		assertThat(ttl("auto", lagging(Duration.ofMillis(lag), ReplicaState.REPLICATING)))
			.isEqualTo(Duration.ofMillis(ttl));
	}

	@Test
	void largestLagCounts() {
		assertThat(ttl("AUTO",
				Stream.of(1, 4, 2)
					.map((seconds) -> lagging(Duration.ofSeconds(seconds), ReplicaState.REPLICATING))
					.toArray(ReplicaStatus[]::new)))
			.isEqualTo(Duration.ofSeconds(18));
	}

	@Test
	void replicaOutOfRotationDoesNotCount() {
		assertThat(ttl("auto", lagging(Duration.ofSeconds(5), ReplicaState.UNREACHABLE)))
			.isEqualTo(Duration.ofSeconds(11));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "automatic", "60 parsecs" })
	void anythingElseIsRefused(String text) {
		assertThatExceptionOfType(InvalidTidemarkConfigurationException.class).isThrownBy(() -> MarkerTtl.fixed(text))
			.withMessageContaining("'" + text + "'");
	}

}
