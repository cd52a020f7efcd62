package dev.tidemark.marker;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import dev.tidemark.marker.MarkerListener.Operation;
import dev.tidemark.marker.MarkerListener.Outcome;
import dev.tidemark.wal.WalPosition;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes markers in a store only while nothing speaks against trusting it.
 * Thread-safe.
 */
public final class Markers implements AutoCloseable {

	/**
	 * For how long what a store does not take is held, and then no longer: a store that
	 * is asked in vain for longer is taken for one that is away for everybody.
	 */
	public static final Duration LONGEST_HOLD = Duration.ofSeconds(1);

	private static final Log logger = LogFactory.getLog(Markers.class);

	private final MarkerStore store;

	private final Settings settings;

	private final StoreWatch watch;

	private final TimeLimit limit;

	private final TimeLimit backgroundLimit;

	private final Supplier<? extends CompletionStage<WalPosition>> primaryPosition;

	private final MarkerListener listener;

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
		this.watch = new StoreWatch(store, settings, primaryPosition);
		this.limit = new TimeLimit(settings.timeout());
		this.backgroundLimit = settings.backgroundLimit();
		this.primaryPosition = primaryPosition;
		this.listener = listener;
	}

	/**
	 * Ask the store for the first time. It is asked again in the background, at
	 * intervals.
	 * @param patience how long to wait for the answer
	 */
	public void start(Duration patience) {
		this.watch.start(patience);
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
		return this.watch.state().trust() != null;
	}

	/**
	 * Return whether the store has been asked in vain for some time. That this process
	 * was stopped meanwhile says nothing of the store.
	 * @param nanos the time
	 * @return {@code false} if it answers now, or did since
	 */
	public boolean isAwayFor(long nanos) {
		return this.watch.state().isAwayFor(nanos);
	}

	/**
	 * Return the epochs of the store that are trusted now.
	 * @return the epochs, empty while the store is not trusted
	 */
	public Set<String> trustedEpochs() {
		StoreTrust current = this.watch.state().trust();
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
		StoreTrust trust = this.watch.state().trust();
		if (trust == null) {
			tell(Operation.READ, Outcome.REJECTED, 0);
			return CompletableFuture.completedFuture(unknown);
		}
		return operate(Operation.READ, trust, () -> this.store.read(keys)).handle((markers, ex) -> {
			if (markers == null) {
				return unknown;
			}
			if (!markers.stream().allMatch((marker) -> trust.covers(marker, this.store.interruptions()))) {
				this.watch.lost(trust);
				return unknown;
			}
			if (!this.watch.isTrusted(trust, System.nanoTime())) {
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
			this.backgroundLimit.ask(this.primaryPosition)
				.thenCompose((now) -> start(damaged, now))
				.whenComplete((done, ex) -> {
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
		StoreState current = this.watch.state();
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
		return this.limit.ask(command).whenComplete((result, ex) -> {
			tell(operation, (ex == null) ? Outcome.SUCCESS : Outcome.FAILURE, System.nanoTime() - start);
			if (ex != null) {
				this.watch.distrust(trust, TimeLimit.causeOf(ex));
			}
		});
	}

	private void tell(Operation operation, Outcome outcome, long nanos) {
		try {
			this.listener.onMarkerOperation(operation, outcome, Duration.ofNanos(nanos));
		}
		catch (RuntimeException ex) {
			logger.debug("A marker listener failed", ex);
		}
	}

	/**
	 * Stop to ask the store in the background.
	 */
	@Override
	public void close() {
		this.watch.close();
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
		TimeLimit backgroundLimit() {
			return new TimeLimit((this.timeout.compareTo(SHORTEST_PROBE) > 0) ? this.timeout : SHORTEST_PROBE);
		}

		StoreState.Limits limits() {
			return new StoreState.Limits(this.gap.toNanos(), this.grace.toNanos());
		}

	}

}
