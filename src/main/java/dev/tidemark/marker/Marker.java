package dev.tidemark.marker;

import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * What a store answers about one key. Immutable and thread-safe.
 *
 * @param position up to where the key's user has written; {@code null} if there is no
 * marker
 * @param epoch the epoch of the part of the store that keeps the key: it lives exactly as
 * long as what is kept beside it, so that another epoch, or none, says that markers may
 * be lost; {@code null} if it is gone
 * @param isDamaged whether there is something in the marker's place that is none
 */
public record Marker(@Nullable WalPosition position, @Nullable String epoch, boolean isDamaged) {

	/**
	 * Create a marker that is not damaged.
	 * @param position up to where the key's user has written; {@code null} if there is no
	 * marker
	 * @param epoch the epoch beside it; {@code null} if it is gone
	 */
	public Marker(@Nullable WalPosition position, @Nullable String epoch) {
		this(position, epoch, false);
	}

	/**
	 * Create a marker that can't be read.
	 * @param epoch the epoch beside it; {@code null} if it is gone
	 * @return the marker
	 */
	public static Marker damaged(@Nullable String epoch) {
		return new Marker(null, epoch, true);
	}

}
