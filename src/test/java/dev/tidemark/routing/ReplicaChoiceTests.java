package dev.tidemark.routing;

import java.util.List;
import java.util.Map;

import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ReplicaChoice}.
 */
class ReplicaChoiceTests {

	private static final List<ReplicaStatus> ALL = List.of(replica("a"), replica("b"), replica("c"));

	@ParameterizedTest
	@CsvSource({ "0, a", "0.2499, a", "0.25, b", "0.7499, b", "0.75, c", "0.9999, c", "1, c" })
	void givesEachReplicaItsShare(double random, String expected) {
		ReplicaChoice choice = new ReplicaChoice(Map.of("a", 1, "b", 2, "c", 1), () -> random);
		assertThat(choice.among(ALL).name()).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource({ "0, a", "0.4999, a", "0.5, c" })
	void sharesAmongThoseThatMayServe(double random, String expected) {
		ReplicaChoice choice = new ReplicaChoice(Map.of("a", 3, "b", 100, "c", 3), () -> random);
		assertThat(choice.among(List.of(replica("a"), replica("c"))).name()).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource({ "0, b", "0.5, b", "0.9999, b" })
	void doesNotChooseReplicaOfWeightZeroBesideOthers(double random, String expected) {
		ReplicaChoice choice = new ReplicaChoice(Map.of("a", 0, "b", 1, "c", 0), () -> random);
		assertThat(choice.among(ALL).name()).isEqualTo(expected);
	}

	@Test
	void weighsOneWhereNothingIsSet() {
		ReplicaChoice choice = new ReplicaChoice(Map.of(), () -> 0.5);
		assertThat(choice.among(ALL).name()).isEqualTo("b");
	}

	@Test
	void choosesTheOnlyReplicaWhateverItsWeight() {
		assertThat(new ReplicaChoice(Map.of("a", 0)).among(List.of(replica("a"))).name()).isEqualTo("a");
	}

	private static ReplicaStatus replica(String name) {
		return new ReplicaStatus(name, ReplicaState.REPLICATING, null, 0, null, 0);
	}

}
