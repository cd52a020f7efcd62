package dev.tidemark.marker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What every {@link MarkerStore} has to do.
 */
public abstract class MarkerStoreContractTests {

	protected static final Duration TTL = Duration.ofMinutes(5);

	private static final WalPosition LOW = new WalPosition(1, 0x1FF);

	private static final WalPosition HIGH = new WalPosition(1, 0xA00);

	/**
	 * Another key for each test, so that tests don't see each other's markers.
	 */
	private final String key = new MarkerKeys("test").keyFor(Long.toString(ThreadLocalRandom.current().nextLong()));

	protected abstract MarkerStore store();

	/**
	 * Let the given time of a marker's life pass.
	 */
	protected abstract void pass(Duration time);

	protected final String key() {
		return this.key;
	}

	protected final void write(WalPosition position, Duration ttl) {
		join(store().write(List.of(this.key), position, ttl));
	}

	protected final @Nullable WalPosition read() {
		return read(this.key).position();
	}

	protected static <T> T join(CompletionStage<T> stage) {
		return stage.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
	}

	private Marker read(String key) {
		return join(store().read(List.of(key))).get(0);
	}

	@Test
	void severalMarkersAreWrittenAndReadTogether() {
		String other = new StringBuilder(this.key).reverse().toString();
		write(new WalPosition(1, 100), TTL);
		join(store().write(List.of(this.key, other), new WalPosition(1, 50), TTL));
		assertThat(join(store().read(List.of(other, this.key, "f".repeat(32))))).extracting(Marker::position)
			.containsExactly(new WalPosition(1, 50), new WalPosition(1, 100), null);
	}

	@Test
	void findsNothingWhereNothingWasWritten() {
		join(store().epochs());
		assertThat(read()).isNull();
	}

	@Test
	void findsWhatWasWritten() {
		write(LOW, TTL);
		assertThat(read()).isEqualTo(LOW);
	}

	@Test
	void keepsUsersApart() {
		write(LOW, TTL);
		assertThat(read(new StringBuilder(this.key).reverse().toString()).position()).isNull();
	}

	// Trap 4
	@Test
	void lowerPositionDoesNotReplaceHigherOne() {
		write(HIGH, TTL);
		write(LOW, TTL);
		assertThat(read()).isEqualTo(HIGH);
	}

	@Test
	void higherPositionReplacesLowerOne() {
		write(LOW, TTL);
		write(HIGH, TTL);
		assertThat(read()).isEqualTo(HIGH);
	}

	@Test
	void positionsAreUnsigned() {
		write(new WalPosition(1, Long.MIN_VALUE), TTL);
		write(new WalPosition(1, Long.MAX_VALUE), TTL);
		assertThat(read()).isEqualTo(new WalPosition(1, Long.MIN_VALUE));
	}

	@Test
	void positionOfAHigherTimelineReplacesAnyOfALowerOne() {
		write(new WalPosition(9, 0xA00), TTL);
		write(new WalPosition(10, 0x100), TTL);
		write(new WalPosition(9, 0xF00), TTL);
		assertThat(read()).isEqualTo(new WalPosition(10, 0x100));
	}

	// Trap 23
	@Test
	void writeThatIsSentTwiceDoesNoHarm() {
		write(LOW, TTL);
		write(LOW, TTL);
		write(HIGH, TTL);
		write(LOW, TTL);
		assertThat(read()).isEqualTo(HIGH);
	}

	// Trap 4
	@Test
	void highestOfConcurrentWritesStays() throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(4);
		try {
			List<Callable<Void>> writers = new ArrayList<>();
			for (int i = 0; i < 4; i++) {
				int writer = i;
				writers.add(() -> {
					for (int number = 1000 + writer; number >= 0; number -= 4) {
						join(store().write(List.of(this.key), new WalPosition(1, 1_000_000 + number), TTL));
					}
					return null;
				});
			}
			for (Future<Void> done : executor.invokeAll(writers)) {
				done.get();
			}
		}
		finally {
			executor.shutdownNow();
		}
		assertThat(read()).isEqualTo(new WalPosition(1, 1_001_003));
	}

	@Test
	void markerExpires() {
		write(LOW, Duration.ofMillis(50));
		pass(Duration.ofMillis(50));
		await().untilAsserted(() -> assertThat(read()).isNull());
	}

	@Test
	void lowerWriteRenewsTheLifeOfAMarker() {
		write(HIGH, Duration.ofSeconds(2));
		write(LOW, TTL);
		pass(Duration.ofSeconds(2));
		assertThat(read()).isEqualTo(HIGH);
	}

	@Test
	void epochsStay() {
		Set<String> epochs = join(store().epochs());
		write(LOW, TTL);
		assertThat(epochs).isNotEmpty().isEqualTo(join(store().epochs()));
	}

	@Test
	void everyMarkerIsReadWithOneOfTheEpochs() {
		Set<String> epochs = join(store().epochs());
		for (char part : "0123456789abcdef".toCharArray()) {
			assertThat(read(part + this.key.substring(1)).epoch()).isIn(epochs);
		}
	}

	@Test
	void tellsItsKind() {
		assertThat(store().kind()).isIn("memory", "redis");
	}

}
