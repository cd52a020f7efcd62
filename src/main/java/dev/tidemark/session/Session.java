package dev.tidemark.session;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import dev.tidemark.UserKeyResolver;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * One unit of work of one user: a request, a job, a thread. Thread-safe.
 */
public final class Session {

	private final UserKeyResolver user;

	private final boolean readsMarkerOnce;

	private final AtomicReference<@Nullable WalPosition> ownWrites = new AtomicReference<>();

	private volatile @Nullable KeyedReading reading;

	private volatile boolean primaryRequested;

	private Session(UserKeyResolver user, boolean readsMarkerOnce) {
		this.user = user;
		this.readsMarkerOnce = readsMarkerOnce;
	}

	/**
	 * Create a session that ends soon, as a request does: the user's marker is read once.
	 * @param user says who the user is
	 * @return a new session
	 */
	public static Session brief(UserKeyResolver user) {
		return new Session(user, true);
	}

	/**
	 * Create a session that may last: the user's marker is read for each transaction.
	 * @param user says who the user is
	 * @return a new session
	 */
	public static Session lasting(UserKeyResolver user) {
		return new Session(user, false);
	}

	/**
	 * Return the key of the user.
	 * @return the key, {@code null} if there is no user
	 */
	public @Nullable String userKey() {
		return this.user.currentUserKey();
	}

	/**
	 * Send all reads of this session to the primary.
	 */
	public void requestPrimary() {
		this.primaryRequested = true;
	}

	/**
	 * Return whether all reads of this session go to the primary.
	 * @return {@code true} if that was requested
	 */
	public boolean isPrimaryRequested() {
		return this.primaryRequested;
	}

	/**
	 * Note that this session has written.
	 * @param position a position at or behind the end of the write
	 */
	public void wrote(WalPosition position) {
		this.ownWrites.accumulateAndGet(position,
				(before, now) -> (before != null && now != null) ? before.max(now) : position);
	}

	/**
	 * Return what a replica must have replayed to serve this session.
	 * @param readMarker reads the marker of a user key; called only if there is a user,
	 * and not again while a marker that was read may be used
	 * @return the reading
	 */
	public CompletableFuture<MarkerReading> fence(Function<String, CompletableFuture<MarkerReading>> readMarker) {
		String key = userKey();
		CompletableFuture<MarkerReading> marker = (key != null) ? marker(key, readMarker)
				: CompletableFuture.completedFuture(MarkerReading.NONE);
		return marker.thenApply((known) -> known.withWrite(this.ownWrites.get()));
	}

	private CompletableFuture<MarkerReading> marker(String key,
			Function<String, CompletableFuture<MarkerReading>> readMarker) {
		KeyedReading before = this.reading;
		if (this.readsMarkerOnce && before != null && before.key.equals(key)) {
			return before.marker;
		}
		KeyedReading now = new KeyedReading(key, readMarker.apply(key));
		this.reading = now;
		return now.marker;
	}

	private record KeyedReading(String key, CompletableFuture<MarkerReading> marker) {

	}

}
