package dev.tidemark.routing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * Limits how many reads that wanted a replica use the primary at one time, so that
 * replicas that all lag at once don't send the whole read load to it. Thread-safe.
 * <p>
 * A free place is given to whoever asks. A place that becomes free while reads wait goes
 * to a user who has less than a quarter of all places, or none; among those to who has to
 * see their own write; among those to who came first. So a user has more than their share
 * only until others ask.
 */
final class FallbackBudget {

	private final int size;

	private final Duration patience;

	private final ReentrantLock lock = new ReentrantLock();

	/**
	 * In the order of arrival.
	 */
	private final List<Waiter> waiters = new ArrayList<>();

	private final Map<String, Integer> usedBy = new HashMap<>();

	private int free;

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
	 * @param user names the user, {@code null} if nobody can be told apart
	 * @return {@code false} if none became free in time, or the thread was interrupted,
	 * whose flag is then set
	 */
	boolean acquire(boolean first, @Nullable String user) {
		Waiter waiter = enter(first, user);
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

	/**
	 * Take a place if one is free.
	 * @param user names the user, {@code null} if nobody can be told apart
	 * @return {@code false} if none is free
	 */
	boolean acquireFree(@Nullable String user) {
		this.lock.lock();
		try {
			return this.free > 0 && enter(false, user).turn.isDone();
		}
		finally {
			this.lock.unlock();
		}
	}

	private Waiter enter(boolean first, @Nullable String user) {
		this.lock.lock();
		try {
			Waiter waiter = new Waiter(first, user, new CompletableFuture<>());
			if (this.free > 0) {
				this.free--;
				admit(waiter);
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

	private void admit(Waiter waiter) {
		if (waiter.user != null) {
			this.usedBy.merge(waiter.user, 1, Integer::sum);
		}
		waiter.turn.complete(true);
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
	 * @param user who had it
	 */
	void release(@Nullable String user) {
		this.lock.lock();
		try {
			if (user != null) {
				this.usedBy.computeIfPresent(user, (name, places) -> (places > 1) ? places - 1 : null);
			}
			Waiter next = this.waiters.stream().min(Comparator.comparingInt(this::rank)).orElse(null);
			if (next != null) {
				this.waiters.remove(next);
				admit(next);
			}
			else {
				this.free++;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private int rank(Waiter waiter) {
		boolean hasTheirShare = waiter.user != null
				&& this.usedBy.getOrDefault(waiter.user, 0) >= Math.max(1, this.size / 4);
		return (hasTheirShare ? 2 : 0) + (waiter.first ? 0 : 1);
	}

	/**
	 * Who waits. Not a record: no two are equal.
	 */
	private static final class Waiter {

		private final boolean first;

		private final @Nullable String user;

		private final CompletableFuture<Boolean> turn;

		Waiter(boolean first, @Nullable String user, CompletableFuture<Boolean> turn) {
			this.first = first;
			this.user = user;
			this.turn = turn;
		}

	}

}
