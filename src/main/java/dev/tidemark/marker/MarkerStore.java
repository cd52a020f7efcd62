package dev.tidemark.marker;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;

import dev.tidemark.wal.WalPosition;

/**
 * Keeps markers. Implementations are thread-safe and never block the caller; what goes
 * wrong completes the returned stage exceptionally. Time limits are the caller's.
 */
public interface MarkerStore {

	/**
	 * Return the kind of store, for people.
	 * @return for example {@code redis}
	 */
	String kind();

	/**
	 * Read a marker, with one command.
	 * @param key a key from {@link MarkerKeys}
	 * @return the marker and the epoch beside it, read at one moment
	 */
	CompletionStage<Marker> read(String key);

	/**
	 * Keep the later of the marker's position and the given one, atomically, and start
	 * the marker's life anew, with one command that does no harm when it is sent twice.
	 * @param key a key from {@link MarkerKeys}
	 * @param position a position up to which the key's user has written
	 * @param ttl the life of the marker
	 * @return completes when the marker is kept
	 */
	CompletionStage<Void> write(String key, WalPosition position, Duration ttl);

	/**
	 * Return the epochs of all parts of the store, made where they are missing.
	 * @return the epochs
	 */
	CompletionStage<Set<String>> epochs();

	/**
	 * Return how often the store may have lost markers in a way that its epochs do not
	 * show, as when a connection ended and the next one may lead to another server.
	 * @return a number that never falls
	 */
	long interruptions();

}
