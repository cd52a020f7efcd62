package dev.tidemark.routing;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import dev.tidemark.marker.MarkerKeys;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.marker.Markers;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * The markers of users and topics on the cluster that the monitor has found. Thread-safe.
 */
final class ClusterMarkers {

	private final Markers markers;

	private final ReplicationMonitor monitor;

	private volatile @Nullable MarkerKeys keys;

	ClusterMarkers(Markers markers, ReplicationMonitor monitor) {
		this.markers = markers;
		this.monitor = monitor;
	}

	CompletableFuture<List<MarkerReading>> read(Set<String> names) {
		MarkerKeys known = keys();
		return (known != null) ? this.markers.read(keys(known, names))
				: CompletableFuture.completedFuture(List.of(MarkerReading.UNKNOWN));
	}

	boolean write(Set<String> names, WalPosition position) {
		MarkerKeys known = keys();
		return known != null && this.markers.write(keys(known, names), position);
	}

	boolean areAwayFor(long nanos) {
		return this.markers.isAwayFor(nanos);
	}

	private static List<String> keys(MarkerKeys keys, Set<String> names) {
		return names.stream().map(keys::keyFor).toList();
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
