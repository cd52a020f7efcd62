package dev.tidemark.marker;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import dev.tidemark.wal.WalPosition;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link InMemoryMarkerStore}.
 */
class InMemoryMarkerStoreTests extends MarkerStoreContractTests {

	private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE);

	private final InMemoryMarkerStore store = new InMemoryMarkerStore(this.clock::get);

	@Override
	protected MarkerStore store() {
		return this.store;
	}

	@Override
	protected void pass(Duration time) {
		this.clock.addAndGet(time.toNanos());
	}

	@Test
	void markerLivesUntilItsEndAndNoLonger() {
		write(new WalPosition(1, 1), TTL);
		pass(TTL.minusNanos(1));
		assertThat(read()).isNotNull();
		pass(Duration.ofNanos(1));
		assertThat(read()).isNull();
	}

	@Test
	void expiredPositionDoesNotOutliveItsMarker() {
		write(new WalPosition(1, 9), TTL);
		pass(TTL);
		write(new WalPosition(1, 1), TTL);
		assertThat(read()).isEqualTo(new WalPosition(1, 1));
	}

	@Test
	void expiredMarkersTakeNoSpace() {
		for (int i = 0; i < 100; i++) {
			join(this.store.write(List.of("user" + i), new WalPosition(1, 1), TTL));
		}
		pass(TTL.dividedBy(2));
		join(this.store.write(List.of("user0"), new WalPosition(1, 1), TTL));
		assertThat(this.store.size()).isEqualTo(100);
		pass(TTL.dividedBy(2));
		join(this.store.write(List.of("user100"), new WalPosition(1, 1), TTL));
		assertThat(this.store.size()).isEqualTo(2);
	}

	@Test
	void losesNothing() {
		assertThat(this.store.interruptions()).isZero();
	}

}
