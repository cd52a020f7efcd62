package dev.tidemark.wal;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SlowReplicas}, in milliseconds.
 */
class SlowReplicasTests {

	private final SlowReplicas replicas = new SlowReplicas();

	private long now;

	@Test
	void replicaIsSlowAtTheSecondLateLookInARow() {
		assertThat(look(1, 500)).isEmpty();
		assertThat(look(1, 1)).isEmpty();
		assertThat(look(1, 500)).isEmpty();
		assertThat(look(1, 500)).containsExactly("b");
	}

	@Test
	void answerWithinTheLeastTimeIsNotSlow() {
		assertThat(look(1, 200)).isEmpty();
		assertThat(look(1, 200)).isEmpty();
		assertThat(look(1, 201)).isEmpty();
		assertThat(look(1, 201)).containsExactly("b");
	}

	@Test
	void slowIsWhatTakesAMultipleOfWhatTheFastestTakes() {
		look(300, 1200);
		assertThat(look(300, 1200)).isEmpty();
		look(300, 1201);
		assertThat(look(300, 1201)).containsExactly("b");
	}

	@Test
	void whereAllAreSlowNoneIs() {
		look(500, 600);
		assertThat(look(500, 600)).isEmpty();
	}

	@Test
	void slowReplicaThatIsAloneIsNotSlow() {
		look(1, 500);
		assertThat(look(1, 500)).containsExactly("b");
		assertThat(this.replicas.look(Map.of("b", millis(500)), millis(this.now))).isEmpty();
	}

	@Test
	void slowReplicaHasToBeInTimeForAWhile() {
		look(1, 500);
		look(1, 500);
		for (int i = 0; i < 10; i++) {
			assertThat(look(1, 1)).containsExactly("b");
		}
		assertThat(look(1, 1)).isEmpty();
	}

	@Test
	void replicaThatIsHardlyInTimeStaysSlow() {
		look(1, 500);
		look(1, 500);
		for (int i = 0; i < 50; i++) {
			assertThat(look(1, (i % 5 == 0) ? 101 : 1)).containsExactly("b");
		}
	}

	@Test
	void whatWasKnownOfAReplicaIsForgottenWhenItLeavesTheRotation() {
		look(1, 500);
		look(1, 500);
		this.replicas.look(Map.of("a", millis(1)), millis(this.now));
		assertThat(look(1, 500)).isEmpty();
	}

	private Set<String> look(long a, long b) {
		this.now += 100;
		return this.replicas.look(Map.of("a", millis(a), "b", millis(b)), millis(this.now));
	}

	private static long millis(long millis) {
		return TimeUnit.MILLISECONDS.toNanos(millis);
	}

}
