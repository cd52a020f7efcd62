package dev.tidemark.routing;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.tidemark.session.Session;
import dev.tidemark.session.SessionContext;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure that no later read of its user can miss a commit before the commit is
 * acknowledged. Thread-safe; never throws, because the commit stands.
 */
final class WriteRecorder {

	private static final Log logger = LogFactory.getLog(WriteRecorder.class);

	private final SessionContext context;

	private final ClusterMarkers markers;

	private final ReplicationMonitor monitor;

	private final Duration maxStaleness;

	private final AtomicBoolean holding = new AtomicBoolean();

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
		Session session = this.context.session();
		session.wrote(position);
		String userKey = userKey(session);
		if (userKey == null) {
			return;
		}
		if (this.markers.write(userKey, position)) {
			this.holding.set(false);
			return;
		}
		if (this.holding.compareAndSet(false, true)) {
			logger.warn("A marker could not be kept. Until the marker store answers again, a commit is acknowledged "
					+ "when the replicas have replayed it");
		}
		this.monitor.await((status) -> RoutingRules.isReplayedWhereverReadsMayGo(position, status, this.maxStaleness,
				System.nanoTime()), this.maxStaleness);
	}

	/**
	 * Record a commit of the current session whose position could not be read with it.
	 * @param cause why not
	 */
	void committedSomewhere(Exception cause) {
		try {
			committed(this.monitor.primaryPosition().get(this.maxStaleness.toNanos(), TimeUnit.NANOSECONDS));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException ex) {
			logger.warn("The WAL position of a commit could not be read: its user may read an older state until the "
					+ "replicas have replayed it", cause);
		}
	}

	private static @Nullable String userKey(Session session) {
		try {
			return session.userKey();
		}
		catch (RuntimeException ex) {
			logger.warn("The user key of a commit could not be resolved: the commit counts as nobody's", ex);
			return null;
		}
	}

}
