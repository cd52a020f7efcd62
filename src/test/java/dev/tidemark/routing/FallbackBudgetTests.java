package dev.tidemark.routing;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import org.awaitility.Awaitility;
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
		assertThat(impatient.acquire(false)).isTrue();
		assertThat(impatient.acquire(true)).isTrue();
		assertThat(impatient.acquire(true)).isFalse();
		assertThat(impatient.used()).isEqualTo(2);
		impatient.release();
		assertThat(impatient.used()).isEqualTo(1);
		assertThat(impatient.acquire(false)).isTrue();
	}

	@Test
	void whoMustSeeTheirOwnWriteGoesFirst() {
		this.budget.acquire(false);
		this.budget.acquire(false);
		List<String> served = new CopyOnWriteArrayList<>();
		CompletableFuture<?> late = waiting("any", false, served);
		CompletableFuture<?> first = waiting("writer", true, served);
		this.budget.release();
		first.join();
		assertThat(served).containsExactly("writer");
		this.budget.release();
		late.join();
		assertThat(served).containsExactly("writer", "any");
		assertThat(this.budget.used()).isEqualTo(2);
	}

	private CompletableFuture<?> waiting(String name, boolean first, List<String> served) {
		Thread[] thread = new Thread[1];
		CompletableFuture<?> done = new CompletableFuture<>();
		thread[0] = new Thread(() -> {
			this.budget.acquire(first);
			served.add(name);
			done.complete(null);
		});
		thread[0].start();
		Awaitility.await().until(() -> thread[0].getState() == Thread.State.TIMED_WAITING);
		return done;
	}

	@Test
	void interruptEndsTheWaitAndTakesNoPlace() {
		this.budget.acquire(false);
		this.budget.acquire(false);
		Thread.currentThread().interrupt();
		assertThat(this.budget.acquire(true)).isFalse();
		assertThat(Thread.interrupted()).isTrue();
		this.budget.release();
		this.budget.release();
		assertThat(this.budget.used()).isZero();
	}

}
