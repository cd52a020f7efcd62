package dev.tidemark.marker;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

import dev.tidemark.wal.WalPosition;

/**
 * Keeps markers in this process. <strong>Right for an application that runs as one
 * instance only</strong>: another instance does not see them.
 */
public final class InMemoryMarkerStore implements MarkerStore {

	private static final String EPOCH = "process";

	private final LongSupplier nanoClock;

	private final ConcurrentMap<String, Entry> entries = new ConcurrentHashMap<>();

	private final Queue<Expiry> expiries = new ConcurrentLinkedQueue<>();

	/**
	 * Create an empty store.
	 */
	public InMemoryMarkerStore() {
		this(System::nanoTime);
	}

	InMemoryMarkerStore(LongSupplier nanoClock) {
		this.nanoClock = nanoClock;
	}

	@Override
	public String kind() {
		return "memory";
	}

	@Override
	public boolean isShared() {
		return false;
	}

	@Override
	public CompletionStage<List<Marker>> read(List<String> keys) {
		return CompletableFuture.completedFuture(keys.stream().map(this::read).toList());
	}

	private Marker read(String key) {
		Entry entry = this.entries.get(key);
		WalPosition position = (entry != null && entry.expiresAt - this.nanoClock.getAsLong() > 0) ? entry.position
				: null;
		return new Marker(position, EPOCH);
	}

	@Override
	public CompletionStage<Void> write(List<String> keys, WalPosition position, Duration ttl) {
		long now = this.nanoClock.getAsLong();
		keys.forEach((key) -> write(key, new Entry(position, now + ttl.toNanos()), now));
		removeExpired(now);
		return CompletableFuture.completedFuture(null);
	}

	private void write(String key, Entry written, long now) {
		this.entries.merge(key, written, (before, after) -> (before.expiresAt - now > 0)
				? new Entry(before.position.max(after.position), after.expiresAt) : after);
		this.expiries.add(new Expiry(key, written.expiresAt));
	}

	private void removeExpired(long now) {
		Expiry oldest = this.expiries.peek();
		while (oldest != null && oldest.at - now <= 0) {
			if (this.expiries.remove(oldest)) {
				this.entries.computeIfPresent(oldest.key, (key, entry) -> (entry.expiresAt - now > 0) ? entry : null);
			}
			oldest = this.expiries.peek();
		}
	}

	@Override
	public CompletionStage<Set<String>> epochs() {
		return CompletableFuture.completedFuture(Set.of(EPOCH));
	}

	@Override
	public long interruptions() {
		return 0;
	}

	int size() {
		return this.entries.size();
	}

	private record Entry(WalPosition position, long expiresAt) {

	}

	private record Expiry(String key, long at) {

	}

}
