package dev.tidemark.routing;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

import dev.tidemark.marker.Markers;
import dev.tidemark.session.Session;
import dev.tidemark.session.SessionContext;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.PrimaryProblem;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure that no later read of its user can miss a commit before the commit is
 * acknowledged. Thread-safe; never throws, because the commit stands.
 * <p>
 * It never waits longer than max-staleness: then every replica without the commit is too
 * stale to serve anybody. An interrupt does not shorten the wait; the thread is
 * interrupted afterwards.
 */
final class WriteRecorder {

	private static final Log logger = LogFactory.getLog(WriteRecorder.class);

	/**
	 * How often a primary that does not tell its position is asked again.
	 */
	private static final long RETRY = TimeUnit.MILLISECONDS.toNanos(50);

	/**
	 * How long a replica may take to tell its position when the primary is lost.
	 */
	private static final Duration PATIENCE = Duration.ofMillis(500);

	private final SessionContext context;

	private final ClusterMarkers markers;

	private final ReplicationMonitor monitor;

	private final Duration maxStaleness;

	private final AtomicBoolean holding = new AtomicBoolean();

	private final AtomicBoolean asking = new AtomicBoolean();

	WriteRecorder(SessionContext context, ClusterMarkers markers, ReplicationMonitor monitor, Duration maxStaleness) {
		this.context = context;
		this.markers = markers;
		this.monitor = monitor;
		this.maxStaleness = maxStaleness;
	}

	/**
	 * Record a commit of the current session. Returns when its marker is kept, or else
	 * when no replica that lacks it can serve anybody, so that no marker is needed.
	 * @param position a position at or behind the commit
	 */
	void committed(WalPosition position) {
		this.asking.set(false);
		acknowledge(position, deadline());
	}

	/**
	 * Record a commit of the current session whose position could not be read with it, or
	 * a commit whose outcome is not known. The primary's position of a later moment does
	 * as well.
	 * @param cause why it could not be read
	 */
	void committedSomewhere(@Nullable Exception cause) {
		long deadline = deadline();
		if (this.asking.compareAndSet(false, true)) {
			logger
				.warn("The WAL position of a commit could not be read with it. Until it can, a commit is acknowledged "
						+ "when the monitor has read the primary's position, or after max-staleness, when no replica "
						+ "without the commit serves anybody", cause);
		}
		WalPosition position = askPrimary(deadline, () -> true);
		if (position != null) {
			acknowledge(position, deadline);
		}
	}

	/**
	 * Record that the current session has read the primary, whose state of that moment it
	 * must not fall behind. No marker is needed once every replica is known to have
	 * replayed it; one of which nothing is known here may serve another instance.
	 * <p>
	 * When the marker can't be kept, other instances may still trust the store, which
	 * answered one of them too late. A store that is away for longer is away for all, and
	 * raises the floor when all have found it back: no read waits for that.
	 * @param position the primary's position at or behind the read
	 */
	void seen(WalPosition position) {
		seen(this.context.session(), position);
	}

	private void seen(Session session, WalPosition position) {
		session.saw(position);
		Set<String> names = Session.names(session.userKeyIfKnown(), Set.of());
		if (!names.isEmpty() && !RoutingRules.isReplayedEverywhere(position, this.monitor.status())
				&& !this.markers.write(names, position)) {
			keepTrying(names, position);
		}
	}

	private void keepTrying(Set<String> names, WalPosition position) {
		Predicate<ClusterStatus> replayed = (status) -> RoutingRules.isReplayedEverywhere(position, status);
		long hold = Markers.LONGEST_HOLD.toNanos();
		long deadline = System.nanoTime() + hold;
		while (!this.markers.areAwayFor(hold) && System.nanoTime() - deadline < 0) {
			await(replayed, Math.min(deadline, System.nanoTime() + RETRY));
			if (replayed.test(this.monitor.status()) || this.markers.write(names, position)) {
				return;
			}
		}
	}

	/**
	 * Record that a session has read the primary, whose position could not be read with
	 * it: that of a later moment does as well. If the primary is lost meanwhile, nobody
	 * else knows what was seen. So this waits for it, as a commit does. A primary that
	 * only the monitor gets no position from is not waited for.
	 * @param session the session
	 * @param moment a {@link System#nanoTime()} not before the read
	 */
	void seenPrimary(Session session, long moment) {
		WalPosition position = askPrimary(moment + this.maxStaleness.toNanos(), () -> !servesOthersOnly());
		if (position != null) {
			seen(session, position);
			session.settled(moment);
		}
		else if (servesOthersOnly() && seenSomething(session)) {
			session.settled(moment);
		}
	}

	private boolean servesOthersOnly() {
		PrimaryProblem problem = this.monitor.status().primary().problem();
		return problem != null && problem.mayServe();
	}

	/**
	 * Record that a session has just read a server that is not its user's home. The
	 * primary's position of a later moment covers it. If the primary is lost meanwhile,
	 * what the replicas say after the read has to do: it covers what a replica showed.
	 * @param session the session
	 * @return {@code false} if no position is known
	 */
	boolean seenSomething(Session session) {
		WalPosition position = this.monitor.status().primary().isAway() ? null
				: join(this.monitor.primaryPosition().exceptionally((ex) -> null), deadline());
		if (position == null) {
			position = latestKnown();
		}
		if (position != null) {
			seen(session, position);
		}
		return position != null;
	}

	/**
	 * A replica may follow a later primary already, and have shown what that one has
	 * committed.
	 */
	private @Nullable WalPosition latestKnown() {
		this.monitor.refreshAllAnew(PATIENCE);
		ClusterStatus status = this.monitor.status();
		WalPosition latest = status.primary().position();
		for (ReplicaStatus replica : status.replicas()) {
			WalPosition replayed = replica.position();
			if (replayed != null) {
				latest = (latest != null) ? latest.max(replayed) : replayed;
			}
		}
		return latest;
	}

	/**
	 * Record what the last write of the current session was about, where that became
	 * known after its commit.
	 * @param topics what it was about
	 */
	void wroteAbout(Set<String> topics) {
		WalPosition position = this.context.session().lastWrite();
		if (position != null) {
			acknowledge(Session.names(null, topics), position, deadline());
		}
	}

	private Set<String> names(Session session) {
		return Session.names(session.userKeyIfKnown(), this.context.topics());
	}

	private long deadline() {
		return System.nanoTime() + this.maxStaleness.toNanos();
	}

	private void acknowledge(WalPosition position, long deadline) {
		Session session = this.context.session();
		session.wrote(position);
		acknowledge(names(session), position, deadline);
	}

	private void acknowledge(Set<String> names, WalPosition position, long deadline) {
		if (names.isEmpty()) {
			return;
		}
		if (this.markers.write(names, position)) {
			this.holding.set(false);
			return;
		}
		if (this.holding.compareAndSet(false, true)) {
			logger.warn("A marker could not be kept. Until the marker store answers again, a commit is acknowledged "
					+ "when the replicas have replayed it");
		}
		await((status) -> RoutingRules.isReplayedEverywhere(position, status), deadline);
	}

	/**
	 * Return the primary's position of a moment after this call.
	 * @return the position, {@code null} if it was not to be had before the deadline, or
	 * made no more sense to ask for
	 */
	private @Nullable WalPosition askPrimary(long deadline, BooleanSupplier useful) {
		WalPosition position = null;
		while (position == null && useful.getAsBoolean() && System.nanoTime() - deadline < 0) {
			position = join(this.monitor.primaryPosition().exceptionally((ex) -> null), deadline);
			if (position == null) {
				join(new CompletableFuture<>(), Math.min(RETRY, deadline - System.nanoTime()) + System.nanoTime());
			}
		}
		return position;
	}

	/**
	 * Wait for an answer, also while interrupted.
	 */
	private static <T> @Nullable T join(CompletableFuture<@Nullable T> answer, long deadline) {
		return answer.completeOnTimeout(null, deadline - System.nanoTime(), TimeUnit.NANOSECONDS).join();
	}

	private void await(Predicate<ClusterStatus> condition, long deadline) {
		boolean interrupted = false;
		while (!this.monitor.await(condition, Duration.ofNanos(deadline - System.nanoTime())) && Thread.interrupted()) {
			interrupted = true;
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

}
