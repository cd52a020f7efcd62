package dev.tidemark.routing;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FallbackBudget}.
 */
class FallbackBudgetTests {

	private final FallbackBudget budget = new FallbackBudget(2, Duration.ofMinutes(1));

	@Test
	void placesAreLimitedAndGivenBack() {
		FallbackBudget impatient = new FallbackBudget(2, Duration.ofMillis(1));
		assertThat(impatient.acquire(false, null)).isTrue();
		assertThat(impatient.acquire(true, null)).isTrue();
		assertThat(impatient.acquire(true, null)).isFalse();
		assertThat(impatient.used()).isEqualTo(2);
		impatient.release(null);
		assertThat(impatient.used()).isEqualTo(1);
		assertThat(impatient.acquire(false, null)).isTrue();
	}

	@Test
	void placeThatIsTakenOnlyIfItIsFreeIsNotWaitedFor() {
		assertThat(this.budget.acquireFree("one")).isTrue();
		assertThat(this.budget.acquireFree("one")).isTrue();
		assertThat(this.budget.acquireFree("one")).isFalse();
		assertThat(this.budget.used()).isEqualTo(2);
		this.budget.release("one");
		assertThat(this.budget.acquireFree("one")).isTrue();
	}

	@Test
	void whoMustSeeTheirOwnWriteGoesFirst() {
		this.budget.acquire(false, null);
		this.budget.acquire(false, null);
		List<String> served = new CopyOnWriteArrayList<>();
		CompletableFuture<?> late = waiting("any", false, served);
		CompletableFuture<?> first = waiting("writer", true, served);
		this.budget.release(null);
		first.join();
		assertThat(served).containsExactly("writer");
		this.budget.release(null);
		late.join();
		assertThat(served).containsExactly("writer", "any");
		assertThat(this.budget.used()).isEqualTo(2);
	}

	@Test
	void userHasNoMoreThanAQuarterWhileOthersWait() {
		FallbackBudget eight = new FallbackBudget(8, Duration.ofMinutes(1));
		for (int i = 0; i < 8; i++) {
			assertThat(eight.acquire(false, "greedy")).isTrue();
		}
		List<String> served = new CopyOnWriteArrayList<>();
		CompletableFuture<?> more = waiting(eight, "greedy", true, served);
		CompletableFuture<?>[] others = { waiting(eight, "any", false, served), waiting(eight, "late", false, served),
				waiting(eight, null, false, served) };
		for (CompletableFuture<?> other : others) {
			eight.release("greedy");
			other.join();
		}
		assertThat(served).containsExactly("any", "late", "null");
		eight.release("any");
		more.join();
		assertThat(eight.used()).isEqualTo(8);
	}

	@Test
	void userWithinTheirShareGoesInTheOrderOfTheRest() {
		FallbackBudget eight = new FallbackBudget(8, Duration.ofMinutes(1));
		eight.acquire(false, "one");
		for (int i = 0; i < 7; i++) {
			eight.acquire(false, "greedy");
		}
		List<String> served = new CopyOnWriteArrayList<>();
		CompletableFuture<?> late = waiting(eight, "any", false, served);
		CompletableFuture<?> second = waiting(eight, "one", true, served);
		CompletableFuture<?> third = waiting(eight, "one", true, served);
		eight.release("greedy");
		second.join();
		eight.release("greedy");
		late.join();
		assertThat(served).containsExactly("one", "any");
		eight.release("one");
		third.join();
		assertThat(served).containsExactly("one", "any", "one");
	}

	@Test
	void whoCanNotBeToldApartHasNoShare() {
		FallbackBudget four = new FallbackBudget(4, Duration.ofMinutes(1));
		for (int i = 0; i < 4; i++) {
			four.acquire(false, null);
		}
		List<String> served = new CopyOnWriteArrayList<>();
		CompletableFuture<?> first = waiting(four, null, true, served);
		CompletableFuture<?> named = waiting(four, "named", false, served);
		four.release(null);
		first.join();
		four.release(null);
		named.join();
		assertThat(served).containsExactly("null", "named");
	}

	private CompletableFuture<?> waiting(String name, boolean first, List<String> served) {
		return waiting(this.budget, name, first, served);
	}

	private static CompletableFuture<?> waiting(FallbackBudget budget, @Nullable String name, boolean first,
			List<String> served) {
		Thread[] thread = new Thread[1];
		CompletableFuture<?> done = new CompletableFuture<>();
		thread[0] = new Thread(() -> {
			budget.acquire(first, name);
			served.add(String.valueOf(name));
			done.complete(null);
		});
		thread[0].start();
		Awaitility.await().until(() -> thread[0].getState() == Thread.State.TIMED_WAITING);
		return done;
	}

	@Test
	void interruptEndsTheWaitAndTakesNoPlace() {
		this.budget.acquire(false, null);
		this.budget.acquire(false, null);
		Thread.currentThread().interrupt();
		assertThat(this.budget.acquire(true, null)).isFalse();
		assertThat(Thread.interrupted()).isTrue();
		this.budget.release(null);
		this.budget.release(null);
		assertThat(this.budget.used()).isZero();
	}

}
