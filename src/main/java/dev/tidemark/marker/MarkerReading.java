package dev.tidemark.marker;

import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * What is known of what a user must see. Immutable and thread-safe.
 *
 * @param known {@code false} if the marker could not be read: what the user has written
 * is then in doubt
 * @param written up to where the user has written; {@code null} if they have not, or if
 * nothing is known
 * @param floor what everybody must see, because markers below it may be lost;
 * {@code null} if there is no such position
 */
public record MarkerReading(boolean known, @Nullable WalPosition written, @Nullable WalPosition floor) {

	/**
	 * The marker could not be read.
	 */
	public static final MarkerReading UNKNOWN = new MarkerReading(false, null, null);

	/**
	 * Nothing was written.
	 */
	public static final MarkerReading NONE = new MarkerReading(true, null, null);

	/**
	 * Return a reading in which the user has written at least up to the given position.
	 * @param position another position, or {@code null}
	 * @return the reading
	 */
	public MarkerReading withWrite(@Nullable WalPosition position) {
		return this.known ? new MarkerReading(true, max(this.written, position), this.floor) : this;
	}

	/**
	 * Return a reading in which everybody must see at least the given position.
	 * @param position another position
	 * @return the reading
	 */
	public MarkerReading withFloor(WalPosition position) {
		return this.known ? new MarkerReading(true, this.written, max(this.floor, position)) : this;
	}

	/**
	 * Return what is known when both this and another source have been asked.
	 * @param other the other source's reading
	 * @return the later positions; unknown if either is
	 */
	public MarkerReading with(MarkerReading other) {
		return (this.known && other.known)
				? new MarkerReading(true, max(this.written, other.written), max(this.floor, other.floor)) : UNKNOWN;
	}

	/**
	 * Return the position that a replica must have replayed to serve the user.
	 * @return the position, {@code null} if any will do
	 */
	public @Nullable WalPosition fence() {
		return max(this.written, this.floor);
	}

	private static @Nullable WalPosition max(@Nullable WalPosition first, @Nullable WalPosition second) {
		if (first == null || second == null) {
			return (first != null) ? first : second;
		}
		return first.max(second);
	}

}
