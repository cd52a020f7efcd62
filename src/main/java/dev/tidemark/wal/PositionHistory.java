package dev.tidemark.wal;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * When the primary was at which position, by the local clock: tells since when a replica
 * holds everything. Not thread-safe.
 * <p>
 * The primary's position is read after the moment noted with it. A replica that has
 * replayed a noted position therefore holds everything committed before that moment. This
 * needs one clock, no table to write, and stays right on an idle primary, where
 * {@code now() - pg_last_xact_replay_timestamp()} would grow without bound.
 */
final class PositionHistory {

	private final int capacity;

	private final List<Entry> entries;

	PositionHistory(int capacity) {
		this.capacity = capacity;
		this.entries = new ArrayList<>(capacity);
	}

	/**
	 * Note a position. One of another timeline than those before discards them.
	 * @param at a moment before which everything committed lies at or before the position
	 * @param position the primary's position
	 */
	void add(long at, WalPosition position) {
		Entry newest = this.entries.isEmpty() ? null : this.entries.get(this.entries.size() - 1);
		if (newest != null) {
			if (newest.position.timeline() != position.timeline()) {
				this.entries.clear();
			}
			else if (position.isReachedBy(newest.position)) {
				if (position.equals(newest.position) && at - newest.at > 0) {
					this.entries.set(this.entries.size() - 1, new Entry(at, position));
				}
				return;
			}
		}
		if (this.entries.size() == this.capacity) {
			thinOutOlderHalf();
		}
		this.entries.add(new Entry(at, position));
	}

	/**
	 * Return since when a server with the given position holds everything that was
	 * committed.
	 * @param replayed what the server has replayed
	 * @return the moment by {@link System#nanoTime()}, or empty if the server is further
	 * behind than this history reaches
	 */
	OptionalLong completeAsOf(WalPosition replayed) {
		int low = 0;
		int high = this.entries.size() - 1;
		while (low <= high) {
			int middle = (low + high) >>> 1;
			if (this.entries.get(middle).position.isReachedBy(replayed)) {
				low = middle + 1;
			}
			else {
				high = middle - 1;
			}
		}
		return (high >= 0) ? OptionalLong.of(this.entries.get(high).at) : OptionalLong.empty();
	}

	/**
	 * Forget everything.
	 */
	void clear() {
		this.entries.clear();
	}

	/**
	 * Old entries serve replicas that are far behind, where coarser steps do.
	 */
	private void thinOutOlderHalf() {
		List<Entry> kept = new ArrayList<>(this.capacity);
		for (int i = 0; i < this.entries.size(); i++) {
			if (i >= this.capacity / 2 || i % 2 == 0) {
				kept.add(this.entries.get(i));
			}
		}
		this.entries.clear();
		this.entries.addAll(kept);
	}

	private record Entry(long at, WalPosition position) {

	}

}
