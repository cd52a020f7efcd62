package dev.tidemark.marker;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import dev.tidemark.wal.DaemonThreads;
import dev.tidemark.wal.WalPosition;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a marker store may be trusted. Thread-safe.
 * <p>
 * A store that failed, was away, or shows another epoch than before may have lost
 * markers. It is then asked by one background probe instead of by every read. When it
 * answers again, markers are written at once; when all instances have had the time to
 * find it, the primary's position of that moment becomes a <em>floor</em> for every user:
 * whatever was lost, or not kept, lies below it, and markers are read again. The floor
 * passes as soon as the replicas have replayed it, which takes milliseconds, not a
 * marker's life.
 */
final class StoreWatch implements AutoCloseable {

	/**
	 * How often a store that is trusted is asked in the time that it may not be heard of.
	 */
	private static final int CONFIRMATIONS = 6;

	/**
	 * A store that is trusted for less loses markers again and again, and people are not
	 * told each time.
	 */
	private static final long LASTING = TimeUnit.MINUTES.toNanos(1);

	private static final Log logger = LogFactory.getLog(StoreWatch.class);

	private final MarkerStore store;

	private final StoreState.Limits limits;

	private final Duration interval;

	private final TimeLimit limit;

	private final TimeLimit gap;

	private final Supplier<? extends CompletionStage<WalPosition>> primaryPosition;

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

	StoreWatch(MarkerStore store, Markers.Settings settings,
			Supplier<? extends CompletionStage<WalPosition>> primaryPosition) {
		this.store = store;
		this.limits = settings.limits();
		this.interval = settings.probeInterval();
		this.limit = settings.backgroundLimit();
		this.gap = new TimeLimit(settings.gap());
		this.primaryPosition = primaryPosition;
	}

	/**
	 * Ask the store for the first time. It is asked again in the background, at
	 * intervals.
	 * @param patience how long to wait for the answer
	 */
	void start(Duration patience) {
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
	 * Return what is known of the store.
	 */
	StoreState state() {
		return Objects.requireNonNull(this.state.get());
	}

	/**
	 * Return whether the store is still trusted. Others may have stopped to hold what
	 * they could not keep, while this process was stopped, or the store.
	 * @param trust why it was trusted
	 * @param now the moment
	 */
	boolean isTrusted(StoreTrust trust, long now) {
		StoreState current = state();
		if (current.trust() == trust && this.store.isShared() && current.isOverdue(now, this.limits)) {
			distrust(trust, "it has not been heard of for too long");
			current = state();
		}
		return current.trust() == trust;
	}

	/**
	 * Take note that the store may have lost markers.
	 * @param trust why it was trusted
	 */
	void lost(StoreTrust trust) {
		distrust(trust, "its epoch changed or its connection was interrupted");
	}

	/**
	 * Trust the store no more. One that is not trusted is probed anyway. One that loses
	 * markers all the time is not probed all the time.
	 * @param trust why it was trusted, {@code null} if it was not yet
	 * @param why why it is not, for people
	 */
	void distrust(@Nullable StoreTrust trust, String why) {
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
		if (now - trust.since() < this.interval.toNanos()) {
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
		this.gap.ask(this.store::epochs).whenComplete((epochs, ex) -> {
			long now = System.nanoTime();
			if (ex != null) {
				distrust(trust, TimeLimit.causeOf(ex));
			}
			else if (trust != null && !trust.covers(epochs, this.store.interruptions())) {
				lost(trust);
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
		return this.limit.ask(this.store::epochs)
			.whenComplete((epochs, ex) -> asked(asked, ex))
			.thenCompose((epochs) -> trust(epochs, interruptions))
			.exceptionally((ex) -> {
				logger.debug("The marker store is not trusted: " + TimeLimit.causeOf(ex));
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
			logger.warn("The marker store (" + this.store.kind() + ") is not available: " + TimeLimit.causeOf(failure)
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
		return this.limit.ask(this.primaryPosition)
			.thenAccept((floor) -> trust(before, new StoreTrust(epochs, interruptions, floor, System.nanoTime())));
	}

	private void probeLater() {
		long delay = state().untilNextQuestion(System.nanoTime(), this.interval.toNanos(), this.limits);
		this.probe.schedule(this::probe, delay, TimeUnit.NANOSECONDS);
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

	@Override
	public void close() {
		this.probe.shutdownNow();
	}

}
