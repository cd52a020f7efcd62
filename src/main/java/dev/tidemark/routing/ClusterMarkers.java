package dev.tidemark.routing;

import java.util.concurrent.CompletableFuture;

import dev.tidemark.marker.MarkerKeys;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.marker.Markers;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * The markers of users on the cluster that the monitor has found. Thread-safe.
 */
final class ClusterMarkers {

	private final Markers markers;

	private final ReplicationMonitor monitor;

	private volatile @Nullable MarkerKeys keys;

	ClusterMarkers(Markers markers, ReplicationMonitor monitor) {
		this.markers = markers;
		this.monitor = monitor;
	}

	CompletableFuture<MarkerReading> read(String userKey) {
		MarkerKeys known = keys();
		return (known != null) ? this.markers.read(known.keyFor(userKey))
				: CompletableFuture.completedFuture(MarkerReading.UNKNOWN);
	}

	boolean write(String userKey, WalPosition position) {
		MarkerKeys known = keys();
		return known != null && this.markers.write(known.keyFor(userKey), position);
	}

	/**
	 * A cluster keeps its system identifier for life.
	 */
	private @Nullable MarkerKeys keys() {
		MarkerKeys known = this.keys;
		if (known == null) {
			String systemIdentifier = this.monitor.status().primary().systemIdentifier();
			if (systemIdentifier != null) {
				known = new MarkerKeys(systemIdentifier);
				this.keys = known;
			}
		}
		return known;
	}

}
