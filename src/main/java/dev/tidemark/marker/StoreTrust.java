package dev.tidemark.marker;

import java.util.Set;

import dev.tidemark.wal.WalPosition;

/**
 * Why a marker store may be trusted. Immutable and thread-safe.
 *
 * @param epochs the epochs of all its parts
 * @param interruptions how often it may have lost markers before
 * @param floor the primary's position of a moment after that: what may be lost lies below
 * @param since when that was, by {@link System#nanoTime()}
 */
record StoreTrust(Set<String> epochs, long interruptions, WalPosition floor, long since) {

	StoreTrust {
		epochs = Set.copyOf(epochs);
	}

	/**
	 * Return whether a marker was read from the store that is trusted.
	 * @param marker the marker
	 * @param interruptions how often the store may have lost markers, asked after the
	 * marker was read
	 * @return {@code false} if markers may have been lost since
	 */
	boolean covers(Marker marker, long interruptions) {
		String epoch = marker.epoch();
		return epoch != null && this.epochs.contains(epoch) && interruptions == this.interruptions;
	}

	/**
	 * Return whether the store is the one that is trusted, and has lost no markers.
	 * @param epochs its epochs
	 * @param interruptions how often it may have lost markers, asked after the epochs
	 * were read
	 * @return {@code false} if markers may have been lost since
	 */
	boolean covers(Set<String> epochs, long interruptions) {
		return this.epochs.equals(epochs) && interruptions == this.interruptions;
	}

	/**
	 * Return what a marker that is covered says.
	 */
	MarkerReading reading(Marker marker) {
		return marker.isDamaged() ? MarkerReading.UNKNOWN : new MarkerReading(true, marker.position(), this.floor);
	}

}
