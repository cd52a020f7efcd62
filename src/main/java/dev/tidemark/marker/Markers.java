package dev.tidemark.marker;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import dev.tidemark.marker.MarkerListener.Operation;
import dev.tidemark.marker.MarkerListener.Outcome;
import dev.tidemark.wal.DaemonThreads;
import dev.tidemark.wal.WalPosition;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes markers in a store only while nothing speaks against trusting it.
 * Thread-safe.
 * <p>
 * A store that failed, was away, or shows another epoch than before may have lost
 * markers. It is then asked by one background probe instead of by every read. When it
 * answers again, markers are written at once; when all instances have had the time to
 * find it, the primary's position of that moment becomes a <em>floor</em> for every user:
 * whatever was lost, or not kept, lies below it, and markers are read again. The floor
 * passes as soon as the replicas have replayed it, which takes milliseconds, not a
 * marker's life.
 */
public final class Markers implements AutoCloseable {

	/**
	 * For how long what a store does not take is held, and then no longer: a store that
	 * is asked in vain for longer is taken for one that is away for everybody.
	 */
	public static final Duration LONGEST_HOLD = Duration.ofSeconds(1);

	/**
	 * How often a store that is trusted is asked in the time that it may not be heard of.
	 */
	private static final int CONFIRMATIONS = 6;

	/**
	 * A store that is trusted for less loses markers again and again, and people are not
	 * told each time.
	 */
	private static final long LASTING = TimeUnit.MINUTES.toNanos(1);

	private static final String LOST = "its epoch changed or its connection was interrupted";

	private static final Log logger = LogFactory.getLog(Markers.class);

	private final MarkerStore store;

	private final Settings settings;

	private final StoreState.Limits limits;

	private final Supplier<? extends CompletionStage<WalPosition>> primaryPosition;

	private final MarkerListener listener;

	private final AtomicReference<StoreState> state = new AtomicReference<>(new StoreState.Unasked());

	/**
	 * Whether people know of the last loss.
	 */
	private volatile boolean lossTold = true;

	/**
	 * What is found out after the end needs no probe any more.
	 */
	private final ScheduledExecutorService probe = new ScheduledThreadPoolExecutor(1,
			new DaemonThreads("tidemark-marker-probe"), new ThreadPoolExecutor.DiscardPolicy());

	/**
	 * Create markers. The store is not trusted before {@link #start(Duration)}.
	 * @param store keeps the markers
	 * @param settings time limits
	 * @param primaryPosition asks the primary for its position with a question that is
	 * sent after the call
	 * @param listener is told of every operation
	 */
	public Markers(MarkerStore store, Settings settings,
			Supplier<? extends CompletionStage<WalPosition>> primaryPosition, MarkerListener listener) {
		this.store = store;
		this.settings = settings;
		this.limits = settings.limits();
		this.primaryPosition = primaryPosition;
		this.listener = listener;
	}

	/**
	 * Ask the store for the first time. It is asked again in the background, at
	 * intervals.
	 * @param patience how long to wait for the answer
	 */
	public void start(Duration patience) {
		CompletableFuture<Void> first = new CompletableFuture<>();
		this.probe.execute(() -> probe().whenComplete((done, ex) -> first.complete(null)));
		long interval = this.limits.gap() / CONFIRMATIONS;
		if (this.store.isShared()) {
			this.probe.scheduleWithFixedDelay(this::confirm, interval, interval, TimeUnit.NANOSECONDS);
		}
		try {
			first.get(patience.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException ex) {
			logger.debug("The marker store does not answer yet", ex);
		}
	}

	/**
	 * Return the kind of store, for people.
	 * @return for example {@code redis}
	 */
	public String storeKind() {
		return this.store.kind();
	}

	/**
	 * Return what may have the store lose markers while it works, for people.
	 * @return a sentence, {@code null} if nothing is known
	 */
	public @Nullable String storeWarning() {
		return this.store.warning();
	}

	/**
	 * Return whether the store is trusted now.
	 * @return {@code false} while it is not asked
	 */
	public boolean isAvailable() {
		return state().trust() != null;
	}

	/**
	 * Return whether the store has been asked in vain for some time. That this process
	 * was stopped meanwhile says nothing of the store.
	 * @param nanos the time
	 * @return {@code false} if it answers now, or did since
	 */
	public boolean isAwayFor(long nanos) {
		return state().isAwayFor(nanos);
	}

	/**
	 * Return the epochs of the store that are trusted now.
	 * @return the epochs, empty while the store is not trusted
	 */
	public Set<String> trustedEpochs() {
		StoreTrust current = state().trust();
		return (current != null) ? current.epochs() : Set.of();
	}

	/**
	 * Read markers.
	 * @param keys the store's keys
	 * @return a reading for each key, in their order; completes within the time limit and
	 * never exceptionally
	 */
	public CompletableFuture<List<MarkerReading>> read(List<String> keys) {
		List<MarkerReading> unknown = Collections.nCopies(keys.size(), MarkerReading.UNKNOWN);
		StoreTrust trust = state().trust();
		if (trust == null) {
			tell(Operation.READ, Outcome.REJECTED, 0);
			return CompletableFuture.completedFuture(unknown);
		}
		return operate(Operation.READ, trust, () -> this.store.read(keys)).handle((markers, ex) -> {
			if (markers == null) {
				return unknown;
			}
			if (!markers.stream().allMatch((marker) -> trust.covers(marker, this.store.interruptions()))) {
				distrust(trust, LOST);
				return unknown;
			}
			if (!isTrusted(trust, System.nanoTime())) {
				return unknown;
			}
			replaceDamaged(keys, markers);
			return markers.stream().map(trust::reading).toList();
		});
	}

	/**
	 * What was in the place of a damaged marker was written before, so the primary's
	 * position of this moment does as well.
	 */
	private void replaceDamaged(List<String> keys, List<Marker> markers) {
		List<String> damaged = IntStream.range(0, keys.size())
			.filter((i) -> markers.get(i).isDamaged())
			.mapToObj(keys::get)
			.toList();
		if (!damaged.isEmpty()) {
			withinLimit(this.primaryPosition).thenCompose((now) -> start(damaged, now)).whenComplete((done, ex) -> {
				if (!Boolean.TRUE.equals(done)) {
					logger.debug("A damaged marker could not be replaced", ex);
				}
			});
		}
	}

	/**
	 * Write markers, and wait until they are kept.
	 * @param keys the store's keys
	 * @param position the position up to which was written
	 * @return {@code false} if they may not be kept; never throws
	 */
	public boolean write(List<String> keys, WalPosition position) {
		return start(keys, position).join();
	}

	private CompletableFuture<Boolean> start(List<String> keys, WalPosition position) {
		StoreState current = state();
		if (!current.isWritable()) {
			tell(Operation.WRITE, Outcome.REJECTED, 0);
			return CompletableFuture.completedFuture(false);
		}
		return operate(Operation.WRITE, current.trust(),
				() -> this.store.write(keys, position, this.settings.ttl.get()).thenApply((done) -> true))
			.exceptionally((ex) -> false);
	}

	private <T> CompletableFuture<T> operate(Operation operation, @Nullable StoreTrust trust,
			Supplier<CompletionStage<T>> command) {
		long start = System.nanoTime();
		CompletableFuture<T> answer;
		try {
			answer = command.get().toCompletableFuture();
		}
		catch (Throwable ex) {
			// Whatever it is, the commit stands.
			answer = CompletableFuture.failedFuture(ex);
		}
		return answer.orTimeout(this.settings.timeout.toNanos(), TimeUnit.NANOSECONDS).whenComplete((result, ex) -> {
			tell(operation, (ex == null) ? Outcome.SUCCESS : Outcome.FAILURE, System.nanoTime() - start);
			if (ex != null) {
				distrust(trust, causeOf(ex));
			}
		});
	}

	/**
	 * Others may have stopped to hold what they could not keep, while this process was
	 * stopped, or the store.
	 */
	private boolean isTrusted(StoreTrust trust, long now) {
		StoreState current = state();
		if (current.trust() == trust && this.store.isShared() && current.isOverdue(now, this.limits)) {
			distrust(trust, "it has not been heard of for too long");
			current = state();
		}
		return current.trust() == trust;
	}

	/**
	 * A store that is not trusted is probed anyway. One that loses markers all the time
	 * is not probed all the time.
	 * @param trust why it was trusted, {@code null} if it was not yet
	 */
	private void distrust(@Nullable StoreTrust trust, String why) {
		if (this.store.isStopped()) {
			return;
		}
		long now = System.nanoTime();
		StoreState before = this.state
			.getAndUpdate((current) -> isAsOf(trust, current) ? current.distrusted(now) : current);
		if (!isAsOf(trust, before)) {
			return;
		}
		if (trust == null) {
			logger.debug("The marker store is away again: " + why);
			return;
		}
		String loss = "The marker store (" + this.store.kind() + ") may have lost markers: " + why
				+ ". Reads that need a marker go to the primary until it answers again.";
		this.lossTold = now - trust.since() >= LASTING;
		if (this.lossTold) {
			logger.warn(loss);
		}
		else {
			logger.debug(loss);
		}
		if (now - trust.since() < this.settings.probeInterval.toNanos()) {
			probeLater();
		}
		else {
			this.probe.execute(this::probe);
		}
	}

	private static boolean isAsOf(@Nullable StoreTrust trust, StoreState current) {
		return current.isWritable() && current.trust() == trust;
	}

	/**
	 * Ask a store that is trusted, or may be as soon as the primary tells the floor, also
	 * where nobody reads.
	 */
	private void confirm() {
		StoreState before = state();
		StoreTrust trust = before.trust();
		long asked = System.nanoTime();
		if ((trust == null && !before.mayBeTrusted(asked)) || this.store.isStopped()) {
			return;
		}
		within(this.limits.gap(), this.store::epochs).whenComplete((epochs, ex) -> {
			long now = System.nanoTime();
			if (ex != null) {
				distrust(trust, causeOf(ex));
			}
			else if (trust != null && !trust.covers(epochs, this.store.interruptions())) {
				distrust(trust, LOST);
			}
			else if (trust == null || isTrusted(trust, now)) {
				this.state.updateAndGet(
						(current) -> isAsOf(trust, current) ? current.answered(asked, now, this.limits) : current);
			}
		});
	}

	private CompletionStage<Void> probe() {
		if (this.store.isStopped()) {
			probeLater();
			return CompletableFuture.completedFuture(null);
		}
		long asked = System.nanoTime();
		long interruptions = this.store.interruptions();
		return withinLimit(this.store::epochs).whenComplete((epochs, ex) -> asked(asked, ex))
			.thenCompose((epochs) -> trust(epochs, interruptions))
			.exceptionally((ex) -> {
				logger.debug("The marker store is not trusted: " + causeOf(ex));
				probeLater();
				return null;
			});
	}

	private void asked(long asked, @Nullable Throwable failure) {
		if (this.store.isStopped()) {
			return;
		}
		long now = System.nanoTime();
		this.state.updateAndGet(
				(before) -> (failure == null) ? before.answered(asked, now, this.limits) : before.askedInVain(now));
		if (failure != null && !this.lossTold) {
			this.lossTold = true;
			logger.warn("The marker store (" + this.store.kind() + ") is not available: " + causeOf(failure)
					+ ". Reads that need a marker go to the primary until it answers again.");
		}
	}

	/**
	 * The order matters: whatever was lost, or was not kept by those who had not found
	 * the store yet, was before the epochs were read, so the position read after them
	 * lies above.
	 */
	private CompletionStage<Void> trust(Set<String> epochs, long interruptions) {
		StoreState before = state();
		if (!before.mayBeTrusted(System.nanoTime()) || this.store.interruptions() != interruptions) {
			probeLater();
			return CompletableFuture.completedFuture(null);
		}
		return withinLimit(this.primaryPosition)
			.thenAccept((floor) -> trust(before, new StoreTrust(epochs, interruptions, floor, System.nanoTime())));
	}

	private <T> CompletableFuture<T> withinLimit(Supplier<? extends CompletionStage<T>> question) {
		return within(this.settings.probeTimeout().toNanos(), question);
	}

	private <T> CompletableFuture<T> within(long nanos, Supplier<? extends CompletionStage<T>> question) {
		try {
			return question.get()
				.toCompletableFuture()
				.thenApply(Function.<T>identity())
				.orTimeout(nanos, TimeUnit.NANOSECONDS);
		}
		catch (Throwable ex) {
			// Whatever it is, the store is asked again.
			return CompletableFuture.failedFuture(ex);
		}
	}

	private void probeLater() {
		long delay = state().untilNextQuestion(System.nanoTime(), this.settings.probeInterval.toNanos(), this.limits);
		this.probe.schedule(this::probe, delay, TimeUnit.NANOSECONDS);
	}

	private StoreState state() {
		return Objects.requireNonNull(this.state.get());
	}

	private void trust(StoreState before, StoreTrust trust) {
		StoreState after = this.state.updateAndGet((current) -> current.trusted(trust, before));
		if (Objects.requireNonNull(after).trust() == trust) {
			String found = "The marker store (" + this.store.kind() + ") is in use, with " + trust.floor()
					+ " as the floor";
			if (this.lossTold) {
				logger.info(found);
			}
			else {
				logger.debug(found);
			}
		}
		else {
			probeLater();
		}
	}

	private void tell(Operation operation, Outcome outcome, long nanos) {
		try {
			this.listener.onMarkerOperation(operation, outcome, Duration.ofNanos(nanos));
		}
		catch (RuntimeException ex) {
			logger.debug("A marker listener failed", ex);
		}
	}

	private static Throwable unwrap(Throwable ex) {
		return (ex instanceof CompletionException && ex.getCause() != null) ? ex.getCause() : ex;
	}

	private static String causeOf(Throwable ex) {
		Throwable cause = unwrap(ex);
		return (cause instanceof TimeoutException) ? "it did not answer in time" : cause.toString();
	}

	/**
	 * Stop probing.
	 */
	@Override
	public void close() {
		this.probe.shutdownNow();
	}

	/**
	 * Time limits of marker operations.
	 *
	 * @param timeout for one operation
	 * @param ttl returns the life of a marker that is written now
	 * @param probeInterval how often a store that failed is asked again
	 * @param gap how long there may be no answer of the store so that no instance has
	 * stopped to hold anything, nor will before it has found the store
	 * @param grace how long other instances, with the same settings, may take to find a
	 * store that is back
	 */
	public record Settings(Duration timeout, Supplier<Duration> ttl, Duration probeInterval, Duration gap,
			Duration grace) {

		private static final Duration SHORTEST_PROBE = Duration.ofSeconds(1);

		/**
		 * A probe stands in nobody's way, and may have to open a connection.
		 */
		Duration probeTimeout() {
			return (this.timeout.compareTo(SHORTEST_PROBE) > 0) ? this.timeout : SHORTEST_PROBE;
		}

		StoreState.Limits limits() {
			return new StoreState.Limits(this.gap.toNanos(), this.grace.toNanos());
		}

	}

}
