package dev.tidemark.fault.bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.history.Failure;
import dev.tidemark.history.Read;
import dev.tidemark.history.Step.Action;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RecoveryTests {

	private static final long MS = 1_000_000;

	private static final long LASTS = 300 * MS;

	private static final Set<String> REPLICAS = Set.of("one", "two");

	@Test
	void isWhenTheLastReplicaServesItsFirstRead() {
		assertThat(Recovery.of(List.of(read("one", 110), read("two", 150), read("one", 160)), List.of(), 100 * MS,
				500 * MS, LASTS, REPLICAS))
			.hasValue(51 * MS);
	}

	@Test
	void isAfterTheLastReadOnThePrimary() {
		assertThat(Recovery.of(
				List.of(read("one", 110), read("two", 150), read("primary", 200), read("one", 210), read("two", 220)),
				List.of(), 100 * MS, 600 * MS, LASTS, REPLICAS))
			.hasValue(121 * MS);
	}

	@Test
	void isAfterTheLastFailure() {
		Failure failure = new Failure("probe", Action.READ_SESSION, new IllegalStateException(), 150 * MS, 170 * MS);
		assertThat(Recovery.of(List.of(read("one", 110), read("two", 150), read("one", 180), read("two", 190)),
				List.of(failure), 100 * MS, 600 * MS, LASTS, REPLICAS))
			.hasValue(91 * MS);
	}

	@Test
	void doesNotCountWhatWasBefore() {
		assertThat(Recovery.of(List.of(read("primary", 90), read("one", 110), read("two", 120)), List.of(), 100 * MS,
				500 * MS, LASTS, REPLICAS))
			.hasValue(21 * MS);
	}

	@Test
	void isUnknownWhileAReplicaIsMissing() {
		assertThat(Recovery.of(List.of(read("one", 110)), List.of(), 100 * MS, 900 * MS, LASTS, REPLICAS)).isEmpty();
	}

	@Test
	void isUnknownUntilItHasLasted() {
		assertThat(Recovery.of(List.of(read("one", 110), read("two", 120)), List.of(), 100 * MS, 300 * MS, LASTS,
				REPLICAS))
			.isEmpty();
	}

	private static Read read(String server, long millis) {
		return new Read("probe", false, false, ConsistencyLevel.SESSION, Duration.ZERO,
				new Read.Seen(Map.of(), server, true), millis * MS, (millis + 1) * MS, 0);
	}

}
