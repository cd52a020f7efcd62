package dev.tidemark.wal;

import java.util.OptionalLong;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PositionHistory}.
 */
class PositionHistoryTests {

	private final PositionHistory history = new PositionHistory(8);

	@Test
	void knowsNothingAtFirst() {
		assertThat(completeAsOf(1000)).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "100, 1", "150, 1", "199, 1", "200, 2", "299, 2", "300, 3", "9999, 3" })
	void replicaIsCompleteAsOfTheNewestMomentWhosePositionItHasReplayed(long replayed, long expected) {
		this.history.add(1, position(100));
		this.history.add(2, position(200));
		this.history.add(3, position(300));
		assertThat(completeAsOf(replayed)).hasValue(expected);
		assertThat(completeAsOf(99)).isEmpty();
	}

	@Test
	void replicaStaysCompleteOnAnIdlePrimary() {
		this.history.add(1, position(100));
		this.history.add(2, position(200));
		this.history.add(50, position(200));
		assertThat(completeAsOf(200)).hasValue(50);
		assertThat(completeAsOf(199)).hasValue(1);
	}

	@Test
	void answersOutOfOrderWeakenNothing() {
		this.history.add(5, position(200));
		this.history.add(3, position(200));
		this.history.add(6, position(100));
		assertThat(completeAsOf(200)).hasValue(5);
		assertThat(completeAsOf(100)).isEmpty();
	}

	@Test
	void survivesTheEndOfTheClocksRange() {
		this.history.add(Long.MAX_VALUE, position(100));
		this.history.add(Long.MIN_VALUE, position(100));
		this.history.add(Long.MAX_VALUE, position(100));
		assertThat(completeAsOf(100)).hasValue(Long.MIN_VALUE);
	}

	@Test
	void comparesPositionsUnsigned() {
		this.history.add(1, position(Long.MAX_VALUE));
		this.history.add(2, position(Long.MIN_VALUE));
		assertThat(completeAsOf(Long.MAX_VALUE)).hasValue(1);
		assertThat(completeAsOf(-1)).hasValue(2);
	}

	@Test
	void anotherTimelineDiscardsWhatWasBefore() {
		this.history.add(1, position(100));
		this.history.add(2, new WalPosition(2, 50));
		assertThat(completeAsOf(100)).isEmpty();
		assertThat(this.history.completeAsOf(new WalPosition(2, 50))).hasValue(2);
	}

	@Test
	void forgets() {
		this.history.add(1, position(100));
		this.history.clear();
		assertThat(completeAsOf(100)).isEmpty();
	}

	@Test
	void fullHistoryNeverPromisesTooMuchAndKeepsWhatIsRecent() {
		for (int i = 1; i <= 100; i++) {
			this.history.add(i, position(i * 100));
			assertThat(completeAsOf(i * 100L)).hasValue(i);
			assertThat(completeAsOf(i * 100L - 1)).isEqualTo((i > 1) ? OptionalLong.of(i - 1) : OptionalLong.empty());
		}
		for (int i = 1; i <= 100; i++) {
			assertThat(completeAsOf(i * 100L).orElse(0)).isLessThanOrEqualTo(i);
		}
		assertThat(completeAsOf(100)).hasValue(1);
	}

	private OptionalLong completeAsOf(long replayed) {
		return this.history.completeAsOf(position(replayed));
	}

	private static WalPosition position(long lsn) {
		return new WalPosition(1, lsn);
	}

}
