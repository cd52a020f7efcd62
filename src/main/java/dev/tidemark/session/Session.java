package dev.tidemark.session;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;

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

	private final AtomicReference<@Nullable WalPosition> ownWrites;

	private final AtomicReference<@Nullable WalPosition> seen;

	private final String id;

	private volatile @Nullable KeyedReading reading;

	private volatile boolean primaryRequested;

	private volatile Carried carried = new Carried(List.of(), null, null);

	private Session(UserKeyResolver user, boolean readsMarkerOnce) {
		this.user = user;
		this.readsMarkerOnce = readsMarkerOnce;
		this.ownWrites = new AtomicReference<>();
		this.seen = new AtomicReference<>();
		this.id = Long.toHexString(ThreadLocalRandom.current().nextLong());
	}

	private Session(UserKeyResolver user, Session origin) {
		this.user = user;
		this.readsMarkerOnce = false;
		this.ownWrites = origin.ownWrites;
		this.seen = origin.seen;
		this.id = origin.id;
		this.carried = origin.carried;
		this.primaryRequested = origin.primaryRequested;
	}

	/**
	 * Return this session for another thread, which may outlast it: of the user who is
	 * known now, because the request may be gone there. What either of the two writes,
	 * the other has to see.
	 * @return the same session for another thread
	 */
	Session handOver() {
		String key = userKey();
		return new Session(() -> key, this);
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
	 * Note that this session has read the primary.
	 * @param position a position at or behind what it has read
	 */
	public void saw(WalPosition position) {
		this.seen.accumulateAndGet(position,
				(before, now) -> (before != null && now != null) ? before.max(now) : position);
	}

	/**
	 * Return what names the user when a replica is chosen: always the same one for the
	 * same user, and within a session that ends soon.
	 * @return the name, {@code null} if reads of this session need not stay together
	 */
	public @Nullable HomeKey homeKey() {
		String key = userKey();
		if (key != null) {
			return new HomeKey(key, true);
		}
		return this.readsMarkerOnce ? new HomeKey(this.id, false) : null;
	}

	/**
	 * Return whether this session has written.
	 * @return {@code true} if it has
	 */
	public boolean hasWritten() {
		return this.ownWrites.get() != null;
	}

	/**
	 * Continue another session.
	 * @param token the text of its token, as it came; looked into when it is needed
	 */
	public void resume(String token) {
		Carried before = this.carried;
		this.carried = new Carried(Stream.concat(before.tokens.stream(), Stream.of(token)).toList(), null, null);
	}

	/**
	 * Return what a replica must have replayed to serve this session.
	 * @param source reads markers and tokens; not called again while what was read may be
	 * used
	 * @return the reading
	 */
	public CompletableFuture<MarkerReading> fence(FenceSource source) {
		String key = userKey();
		CompletableFuture<MarkerReading> marker = (key != null) ? marker(key, source::marker)
				: CompletableFuture.completedFuture(MarkerReading.NONE);
		return marker.thenCombine(carried(key, source), MarkerReading::with).thenApply(this::withOwn);
	}

	/**
	 * Return what is known of {@link #fence} without asking for the marker.
	 * @param source reads tokens
	 * @return the reading
	 */
	public CompletableFuture<MarkerReading> knownFence(FenceSource source) {
		String key = userKey();
		KeyedReading before = this.reading;
		CompletableFuture<MarkerReading> marker = (before != null && before.key.equals(key)) ? before.marker
				: CompletableFuture.completedFuture(MarkerReading.NONE);
		return marker.thenCombine(carried(key, source), MarkerReading::with).thenApply(this::withOwn);
	}

	private MarkerReading withOwn(MarkerReading known) {
		return known.withWrite(this.ownWrites.get()).withWrite(this.seen.get());
	}

	/**
	 * A token of nobody becomes somebody's when they log in, so the key matters.
	 */
	private CompletableFuture<MarkerReading> carried(@Nullable String key, FenceSource source) {
		Carried current = this.carried;
		if (current.reading != null && Objects.equals(current.key, key)) {
			return current.reading;
		}
		CompletableFuture<MarkerReading> reading = CompletableFuture.completedFuture(MarkerReading.NONE);
		for (String token : current.tokens) {
			reading = reading.thenCombine(source.token(token, key), MarkerReading::with);
		}
		this.carried = new Carried(current.tokens, key, reading);
		return reading;
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

	/**
	 * The tokens that this session was continued with, and what they came to.
	 */
	private record Carried(List<String> tokens, @Nullable String key,
			@Nullable CompletableFuture<MarkerReading> reading) {

	}

	private record KeyedReading(String key, CompletableFuture<MarkerReading> marker) {

	}

}
