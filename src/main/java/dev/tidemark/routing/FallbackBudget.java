package dev.tidemark.routing;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Limits how many reads that wanted a replica use the primary at one time, so that
 * replicas that all lag at once don't send the whole read load to it. Who has to see
 * their own write comes first. Thread-safe.
 */
final class FallbackBudget {

	private final int size;

	private final Duration patience;

	private final ReentrantLock lock = new ReentrantLock();

	private final PriorityQueue<Waiter> waiters = new PriorityQueue<>(
			Comparator.comparing(Waiter::first).reversed().thenComparing(Waiter::number));

	private int free;

	private long arrivals;

	/**
	 * Create a budget.
	 * @param size how many may use the primary at one time
	 * @param patience how long a read waits for its turn
	 */
	FallbackBudget(int size, Duration patience) {
		this.size = size;
		this.patience = patience;
		this.free = size;
	}

	/**
	 * Return how many may use the primary at one time.
	 */
	int size() {
		return this.size;
	}

	/**
	 * Return how many use the primary now.
	 */
	int used() {
		this.lock.lock();
		try {
			return this.size - this.free;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Take a place, or wait for one.
	 * @param first whether this read goes before those that are not
	 * @return {@code false} if none became free in time, or the thread was interrupted,
	 * whose flag is then set
	 */
	boolean acquire(boolean first) {
		Waiter waiter = enter(first);
		try {
			return waiter.turn.get(this.patience.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return !leave(waiter);
		}
		catch (TimeoutException ex) {
			return !leave(waiter);
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private Waiter enter(boolean first) {
		this.lock.lock();
		try {
			Waiter waiter = new Waiter(first, this.arrivals++, new CompletableFuture<>());
			if (this.free > 0) {
				this.free--;
				waiter.turn.complete(true);
			}
			else {
				this.waiters.add(waiter);
			}
			return waiter;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Give up waiting.
	 * @return {@code false} if the turn has come just now
	 */
	private boolean leave(Waiter waiter) {
		this.lock.lock();
		try {
			return this.waiters.remove(waiter);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Give a place back.
	 */
	void release() {
		this.lock.lock();
		try {
			Waiter next = this.waiters.poll();
			if (next != null) {
				next.turn.complete(true);
			}
			else {
				this.free++;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private record Waiter(boolean first, long number, CompletableFuture<Boolean> turn) {

	}

}
