package dev.tidemark.session;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;

import dev.tidemark.UserKeyResolver;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.wal.WalPosition;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * One unit of work of one user: a request, a job, a thread. Thread-safe.
 */
public final class Session {

	private static final Log logger = LogFactory.getLog(Session.class);

	/**
	 * No name of a user begins so.
	 */
	private static final String TOPIC = "\0about ";

	private final UserKeyResolver user;

	private final boolean readsMarkerOnce;

	/**
	 * Whether reads stay together also where there is no user.
	 */
	private final boolean hasSeat;

	private final Progress progress;

	private volatile @Nullable String lastUserKey;

	private volatile @Nullable NamedReading reading;

	private volatile boolean primaryRequested;

	private volatile Carried carried = Carried.NOTHING;

	private Session(UserKeyResolver user, boolean readsMarkerOnce, boolean hasSeat) {
		this.user = user;
		this.readsMarkerOnce = readsMarkerOnce;
		this.hasSeat = hasSeat;
		this.progress = new Progress();
	}

	private Session(UserKeyResolver user, Session origin) {
		this.user = user;
		this.readsMarkerOnce = false;
		this.hasSeat = origin.hasSeat;
		this.progress = origin.progress;
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
		String key = userKeyIfKnown();
		return new Session(() -> key, this);
	}

	/**
	 * Create a session that ends soon, as a request does: the user's marker is read once.
	 * @param user says who the user is
	 * @return a new session
	 */
	public static Session brief(UserKeyResolver user) {
		return new Session(user, true, true);
	}

	/**
	 * Create a session that may last: the user's marker is read for each transaction.
	 * @param user says who the user is
	 * @return a new session
	 */
	public static Session lasting(UserKeyResolver user) {
		return new Session(user, false, false);
	}

	/**
	 * Create a session that goes by a token, like {@link #lasting}: who has no token yet
	 * is a visitor who gets one.
	 * @param user says who the user is
	 * @return a new session
	 */
	public static Session byToken(UserKeyResolver user) {
		return new Session(user, false, true);
	}

	/**
	 * Return the key of the user.
	 * @return the key, {@code null} if there is no user
	 */
	public @Nullable String userKey() {
		String key = this.user.currentUserKey();
		if (key != null) {
			this.lastUserKey = key;
		}
		return key;
	}

	/**
	 * Return the key of the user where nothing may fail because it can't be resolved.
	 * @return the key, {@code null} if there is no user, or none that is known here
	 */
	public @Nullable String userKeyIfKnown() {
		try {
			return userKey();
		}
		catch (RuntimeException ex) {
			logger.warn("The user key of a session could not be resolved: the session counts as nobody's", ex);
			return null;
		}
	}

	/**
	 * Return this session where the request may be gone that tells the user: of the user
	 * who was known last, if there is none now.
	 * @return the same session
	 */
	public Session ofLastUser() {
		return new Session(() -> {
			String key = userKey();
			return (key != null) ? key : this.lastUserKey;
		}, this);
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
		Progress.raise(this.progress.written, position);
	}

	/**
	 * Note that this session has read the primary.
	 * @param position a position at or behind what it has read
	 */
	public void saw(WalPosition position) {
		Progress.raise(this.progress.seen, position);
	}

	/**
	 * Note that this session has just read the primary outside a transaction, where no
	 * position comes with the answer, or something that the primary has shown before.
	 * @param now the current {@link System#nanoTime()}
	 */
	public void sawPrimary(long now) {
		this.progress.sawPrimaryAt.accumulateAndGet(now,
				(before, moment) -> (before != null && moment != null && before - moment > 0) ? before : moment);
	}

	/**
	 * Return when this session last read the primary without learning its position.
	 * @return the moment by {@link System#nanoTime()}, {@code null} if it never did
	 */
	public @Nullable Long sawPrimaryAt() {
		return this.progress.sawPrimaryAt.get();
	}

	/**
	 * Note that a position covers what was read on the primary up to a moment.
	 * @param moment what {@link #sawPrimaryAt()} returned before the position was asked
	 * for
	 */
	public void settled(Long moment) {
		this.progress.sawPrimaryAt.updateAndGet((now) -> moment.equals(now) ? null : now);
	}

	/**
	 * Return what names the user when a replica is chosen: always the same for the same
	 * user, and within a session that ends soon. To be asked after {@link #fence}, which
	 * looks into the tokens.
	 * @return the name, {@code null} if reads of this session need not stay together
	 */
	public @Nullable HomeKey homeKey() {
		String key = userKey();
		Carried known = this.carried;
		if (key != null && !Visitor.isVisitor(key)) {
			return new HomeKey(key, true, known.ofVisitor);
		}
		int seat = seat(key);
		if (key == null && known.seat == Visitor.NO_SEAT && !this.hasSeat && !known.accepted) {
			return null;
		}
		return new HomeKey(Visitor.home(seat), key != null || known.accepted,
				known.accepted && (known.bound || known.seat != seat));
	}

	/**
	 * Return the seat that the token of this session is to carry.
	 * @return the seat, {@link Visitor#NO_SEAT} if there is a user
	 */
	public int seat() {
		String key = userKey();
		return Visitor.isVisitor(key) ? seat(key) : Visitor.NO_SEAT;
	}

	private int seat(@Nullable String visitor) {
		if (visitor != null) {
			return Visitor.seat(visitor);
		}
		return (this.carried.seat != Visitor.NO_SEAT) ? this.carried.seat : this.progress.seat;
	}

	/**
	 * Note that this session reads, and goes on at home.
	 */
	public void reads() {
		this.progress.hasRead = true;
	}

	/**
	 * Return whether the token of this session must change: it has written, it has read
	 * away from home, or it is new to its client.
	 * @return {@code true} if a client should be given the token
	 */
	public boolean hasNews() {
		return hasWritten() || this.progress.seen.get() != null || (this.progress.hasRead && !this.carried.accepted);
	}

	/**
	 * Return whether this session, or the one that it continues, has read as a visitor,
	 * and so has a home that only its token tells. To be asked after {@link #fence}.
	 * @return {@code true} if its token says something even where nothing has to be seen
	 */
	public boolean isKnownByToken() {
		return (this.progress.hasRead || this.carried.seat != Visitor.NO_SEAT) && Visitor.isVisitor(userKey());
	}

	/**
	 * Return the key to which the token of this session is bound.
	 * @return the key, {@code null} for a visitor, whose token has to serve after a login
	 */
	public @Nullable String tokenKey() {
		String key = userKey();
		return Visitor.isVisitor(key) ? null : key;
	}

	/**
	 * Take over what a session of the same user has written and seen that is current
	 * around this one, or was inside it.
	 * @param other the session
	 */
	void takeOver(Session other) {
		if (other.hasFence() && isSameUser(other.userKeyIfKnown())) {
			raise(this.progress.written, other.progress.written.get());
			raise(this.progress.seen, other.progress.seen.get());
			Long sawPrimaryAt = other.sawPrimaryAt();
			if (sawPrimaryAt != null) {
				sawPrimary(sawPrimaryAt);
			}
		}
	}

	private boolean isSameUser(@Nullable String key) {
		return key != null && key.equals(userKeyIfKnown());
	}

	private static void raise(AtomicReference<@Nullable WalPosition> known, @Nullable WalPosition position) {
		if (position != null) {
			Progress.raise(known, position);
		}
	}

	/**
	 * Return whether this session has left something that its reads on other threads have
	 * to see.
	 * @return {@code true} if it has written, or seen the primary
	 */
	boolean hasFence() {
		return hasWritten() || this.progress.seen.get() != null || sawPrimaryAt() != null;
	}

	/**
	 * Return whether this session has written.
	 * @return {@code true} if it has
	 */
	public boolean hasWritten() {
		return lastWrite() != null;
	}

	/**
	 * Return up to where this session has written.
	 * @return the position, {@code null} if it has not written
	 */
	public @Nullable WalPosition lastWrite() {
		return this.progress.written.get();
	}

	/**
	 * Continue another session.
	 * @param token the text of its token, as it came; looked into when it is needed
	 */
	public void resume(String token) {
		resume(List.of(token));
	}

	/**
	 * Continue other sessions.
	 * @param tokens the texts of their tokens, as they came; looked into when they are
	 * needed
	 */
	void resume(List<String> tokens) {
		Carried before = this.carried;
		this.carried = Carried.of(Stream.concat(before.tokens.stream(), tokens.stream()).toList());
	}

	/**
	 * Return the names of the markers of a user and of topics.
	 * @param userKey the user's key, {@code null} if there is no user
	 * @param topics the topics
	 * @return the names
	 */
	public static Set<String> names(@Nullable String userKey, Set<String> topics) {
		if (topics.isEmpty()) {
			return (userKey != null) ? Set.of(userKey) : Set.of();
		}
		Set<String> names = new LinkedHashSet<>();
		if (userKey != null) {
			names.add(userKey);
		}
		topics.forEach((topic) -> names.add(TOPIC + topic));
		return names;
	}

	/**
	 * Return what a replica must have replayed to serve this session.
	 * @param topics what the read is about
	 * @param source reads markers and tokens; not called again while what was read may be
	 * used
	 * @return the reading
	 */
	public CompletableFuture<MarkerReading> fence(Set<String> topics, FenceSource source) {
		String key = userKey();
		CompletableFuture<MarkerReading> marker = markers(names(key, topics), source);
		return marker.thenCombine(carried(key, source), MarkerReading::with).thenApply(this::withOwn);
	}

	/**
	 * Have the marker asked for that a read of this session will need, if it is then not
	 * asked for again. Does not wait for the answer.
	 * @param source reads markers
	 */
	public void prefetch(FenceSource source) {
		if (this.readsMarkerOnce) {
			markers(names(userKey(), Set.of()), source);
		}
	}

	/**
	 * Return what is known of {@link #fence} without asking for the marker.
	 * @param source reads tokens
	 * @return the reading
	 */
	public CompletableFuture<MarkerReading> knownFence(FenceSource source) {
		String key = userKey();
		NamedReading before = this.reading;
		CompletableFuture<MarkerReading> marker = (before != null && key != null && before.names.contains(key))
				? before.marker : CompletableFuture.completedFuture(MarkerReading.NONE);
		return marker.thenCombine(carried(key, source), MarkerReading::with).thenApply(this::withOwn);
	}

	private MarkerReading withOwn(MarkerReading known) {
		return known.withWrite(this.progress.written.get()).withWrite(this.progress.seen.get());
	}

	/**
	 * A token of nobody becomes somebody's when they log in, so the key matters.
	 */
	private CompletableFuture<MarkerReading> carried(@Nullable String key, FenceSource source) {
		Carried current = this.carried;
		if (current.reading == null || !Objects.equals(current.key, key)) {
			String user = Visitor.isVisitor(key) ? null : key;
			current = current.read(key, (token) -> source.token(token, user));
			this.carried = current;
		}
		return Objects.requireNonNull(current.reading);
	}

	/**
	 * In a session that ends soon, each marker is asked for once.
	 */
	private CompletableFuture<MarkerReading> markers(Set<String> names, FenceSource source) {
		if (names.isEmpty()) {
			return CompletableFuture.completedFuture(MarkerReading.NONE);
		}
		NamedReading before = this.reading;
		NamedReading now;
		if (this.readsMarkerOnce && before == null && hasWritten() && names.equals(names(userKey(), Set.of()))) {
			// No marker of the user that was kept before this session's own write lies
			// above it.
			return CompletableFuture.completedFuture(MarkerReading.NONE);
		}
		if (!this.readsMarkerOnce || before == null || Collections.disjoint(before.names, names)) {
			now = new NamedReading(names, source.markers(names));
		}
		else if (before.names.containsAll(names)) {
			return before.marker;
		}
		else {
			now = before.and(names, source);
		}
		this.reading = now;
		return now.marker;
	}

	/**
	 * The tokens that this session was continued with, and what they came to.
	 *
	 * @param tokens their texts
	 * @param key the key of the user they were read for
	 * @param reading what they came to, {@code null} if they were not read yet
	 * @param accepted whether one is ours
	 * @param bound whether one was given to a user
	 * @param ofVisitor whether one was given to a visitor
	 * @param seat the first visitor's seat
	 */
	private record Carried(List<String> tokens, @Nullable String key,
			@Nullable CompletableFuture<MarkerReading> reading, boolean accepted, boolean bound, boolean ofVisitor,
			int seat) {

		static final Carried NOTHING = of(List.of());

		static Carried of(List<String> tokens) {
			return new Carried(tokens, null, null, false, false, false, Visitor.NO_SEAT);
		}

		Carried read(@Nullable String key, Function<String, TokenReading> source) {
			CompletableFuture<MarkerReading> fence = CompletableFuture.completedFuture(MarkerReading.NONE);
			Carried all = new Carried(this.tokens, key, fence, false, false, false, Visitor.NO_SEAT);
			for (String token : this.tokens) {
				all = all.with(source.apply(token));
			}
			return all;
		}

		private Carried with(TokenReading next) {
			CompletableFuture<MarkerReading> fence = (this.reading != null)
					? this.reading.thenCombine(next.fence(), MarkerReading::with) : next.fence();
			return new Carried(this.tokens, this.key, fence, this.accepted || next.accepted(),
					this.bound || next.bound(), this.ofVisitor || (next.accepted() && !next.bound()),
					(this.seat != Visitor.NO_SEAT) ? this.seat : next.seat());
		}

	}

	/**
	 * What a session has done, on all threads that it was taken to.
	 */
	private static final class Progress {

		private final AtomicReference<@Nullable WalPosition> written = new AtomicReference<>();

		private final AtomicReference<@Nullable WalPosition> seen = new AtomicReference<>();

		private final int seat = Visitor.anySeat();

		private volatile boolean hasRead;

		private final AtomicReference<@Nullable Long> sawPrimaryAt = new AtomicReference<>();

		private static void raise(AtomicReference<@Nullable WalPosition> known, WalPosition position) {
			known.accumulateAndGet(position,
					(before, now) -> (before != null && now != null) ? before.max(now) : position);
		}

	}

	/**
	 * What the markers of some names came to.
	 */
	private record NamedReading(Set<String> names, CompletableFuture<MarkerReading> marker) {

		NamedReading and(Set<String> more, FenceSource source) {
			Set<String> missing = new LinkedHashSet<>(more);
			missing.removeAll(this.names);
			Set<String> all = new LinkedHashSet<>(this.names);
			all.addAll(missing);
			return new NamedReading(all, this.marker.thenCombine(source.markers(missing), MarkerReading::with));
		}

	}

}
