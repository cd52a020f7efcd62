package dev.tidemark.marker;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

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
	 * Read markers, with one command where the store has them in one place.
	 * @param keys keys from {@link MarkerKeys}
	 * @return for each key, in their order, the marker and the epoch beside it, read at
	 * one moment
	 */
	CompletionStage<List<Marker>> read(List<String> keys);

	/**
	 * Keep for each key the later of its marker's position and the given one, atomically,
	 * and start the marker's life anew, with one command that does no harm when it is
	 * sent twice, or one for each place where the store has markers.
	 * @param keys keys from {@link MarkerKeys}
	 * @param position a position up to which was written
	 * @param ttl the life of the markers
	 * @return completes when all markers are kept
	 */
	CompletionStage<Void> write(List<String> keys, WalPosition position, Duration ttl);

	/**
	 * Return the epochs of all parts of the store, made where they are missing.
	 * @return the epochs
	 */
	CompletionStage<Set<String>> epochs();

	/**
	 * Return whether other instances keep markers in it too.
	 * @return {@code false} if only this one does
	 */
	default boolean isShared() {
		return true;
	}

	/**
	 * Return whether the application has stopped what the store needs, as it does before
	 * it ends. That says nothing of the store.
	 * @return {@code false} if it has not, or the store needs nothing
	 */
	default boolean isStopped() {
		return false;
	}

	/**
	 * Return what may have the store lose markers while it works, for people.
	 * @return a sentence, {@code null} if nothing is known
	 */
	default @Nullable String warning() {
		return null;
	}

	/**
	 * Return how often the store may have lost markers in a way that its epochs do not
	 * show, as when a connection ended and the next one may lead to another server.
	 * @return a number that never falls
	 */
	long interruptions();

}
