package dev.tidemark.marker;

import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a user's marker. Immutable and thread-safe.
 *
 * @param known {@code false} if the marker could not be read: what the user has written
 * is then in doubt
 * @param position the position a replica must have replayed to serve the user;
 * {@code null} if any will do, or if nothing is known
 */
public record MarkerReading(boolean known, @Nullable WalPosition position) {

	/**
	 * The marker could not be read.
	 */
	public static final MarkerReading UNKNOWN = new MarkerReading(false, null);

	/**
	 * Nothing was written.
	 */
	public static final MarkerReading NONE = new MarkerReading(true, null);

	/**
	 * Return a reading with the later of the position and the given one.
	 * @param other another position, or {@code null}
	 * @return the reading
	 */
	public MarkerReading atLeast(@Nullable WalPosition other) {
		if (!this.known || other == null) {
			return this;
		}
		return new MarkerReading(true, (this.position != null) ? this.position.max(other) : other);
	}

}
