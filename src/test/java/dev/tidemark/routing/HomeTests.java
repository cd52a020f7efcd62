package dev.tidemark.routing;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.PrimaryStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Home}: replica "a" is the user's first, the limit is 100, and what
 * happens happens at 1000.
 */
class HomeTests {

	private static final Duration LIMIT = Duration.ofNanos(100);

	@Test
	void isTheFirstReplica() {
		assertThat(home(PrimaryStatus.CONFIGURED, replica("a", null, null), replica("b", 5000L, null)))
			.isEqualTo(new Home(replica("a", null, null), true));
	}

	@ParameterizedTest
	@CsvSource({ "1100, b", "1099, a", ", a" })
	void movesToTheNextReplicaWhenThatHoldsAllThatWasSeen(@Nullable Long completeAsOf, String expected) {
		Home home = home("a", replica("a", 5000L, null), replica("b", completeAsOf, null));
		assertThat(home.replica().name()).isEqualTo(expected);
	}

	@Test
	void staysWhereThereIsNoNextReplica() {
		assertThat(home("a", replica("a", 5000L, null)).replica().name()).isEqualTo("a");
	}

	@Test
	void isNotMovedByThePromotionOfAnotherReplica() {
		assertThat(home("b", replica("a", 5000L, null), replica("b", 5000L, null)).replica().name()).isEqualTo("a");
	}

	@ParameterizedTest
	@CsvSource({ "1100, true", "1099, false", ", false" })
	void isProvenAgainWhenItHoldsAllThatWasSeenWhileItWasThePrimary(@Nullable Long completeAsOf, boolean proven) {
		Home home = home(PrimaryStatus.CONFIGURED, replica("a", completeAsOf, 1000L), replica("b", 5000L, null));
		assertThat(home.replica().name()).isEqualTo("a");
		assertThat(home.proven()).isEqualTo(proven);
	}

	@Test
	void nextReplicaThatWasThePrimaryItselfHasToBeProvenToo() {
		assertThat(home("a", replica("a", null, null), replica("b", 1200L, 1101L)).proven()).isFalse();
		assertThat(home("a", replica("a", null, null), replica("b", 1201L, 1101L)).proven()).isTrue();
	}

	private static Home home(String server, ReplicaStatus... order) {
		WalPosition position = new WalPosition(2, 100);
		PrimaryStatus primary = new PrimaryStatus(true, "1", position, position, server, 1000L, null);
		return Home.of(Stream.of(order).map(ReplicaStatus::name).toList(), new ClusterStatus(primary, List.of(order)),
				LIMIT);
	}

	private static ReplicaStatus replica(String name, @Nullable Long completeAsOf, @Nullable Long replicaSince) {
		return new ReplicaStatus(name, ReplicaState.REPLICATING, new WalPosition(2, 100), 5000, completeAsOf, 0,
				replicaSince);
	}

}
