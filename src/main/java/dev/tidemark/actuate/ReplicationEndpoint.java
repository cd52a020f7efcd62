package dev.tidemark.actuate;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

import dev.tidemark.marker.Markers;
import dev.tidemark.routing.RoutingRules;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.PrimaryProblem;
import dev.tidemark.wal.PrimaryStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * The endpoint {@code replication}: the servers, the marker store and what was decided.
 * Takes a replica out of rotation for maintenance, and puts it back.
 */
@Endpoint(id = "replication")
public final class ReplicationEndpoint {

	private static final double NANOS_PER_SECOND = 1e9;

	private final ReplicationMonitor monitor;

	private final Markers markers;

	private final DecisionCounts decisions;

	private final Duration maxStaleness;

	/**
	 * Create the endpoint.
	 * @param monitor knows the servers
	 * @param markers knows the marker store
	 * @param decisions counts what is decided
	 * @param maxStaleness the limit beyond which a replica serves nobody
	 */
	public ReplicationEndpoint(ReplicationMonitor monitor, Markers markers, DecisionCounts decisions,
			Duration maxStaleness) {
		this.monitor = monitor;
		this.markers = markers;
		this.decisions = decisions;
		this.maxStaleness = maxStaleness;
	}

	/**
	 * Return what is known now.
	 * @return the descriptor
	 */
	@ReadOperation
	public ReplicationDescriptor replication() {
		ClusterStatus status = this.monitor.status();
		long now = System.nanoTime();
		return new ReplicationDescriptor(primary(status.primary(), this.monitor.primaryAddress()),
				status.replicas().stream().map((replica) -> replica(replica, status, now)).toList(), markerStore(),
				this.decisions.byTargetAndReason());
	}

	/**
	 * Take a replica out of rotation on this instance, or put it back. Transactions that
	 * run on it end normally.
	 * @param replica the name of the replica
	 * @param drain {@code true} to take it out, {@code false} to put it back
	 * @return what is known of the replica after that
	 * @throws InvalidEndpointRequestException if there is no such replica
	 */
	@WriteOperation
	public ReplicaDescriptor drain(@Selector String replica, boolean drain) {
		try {
			this.monitor.drain(replica, drain);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidEndpointRequestException(String.valueOf(ex.getMessage()), "Unknown replica", ex);
		}
		ClusterStatus status = this.monitor.status();
		return replica(status.replica(replica).orElseThrow(), status, System.nanoTime());
	}

	private static PrimaryDescriptor primary(PrimaryStatus primary, @Nullable String address) {
		WalPosition position = primary.position();
		PrimaryProblem problem = primary.problem();
		return new PrimaryDescriptor(primary.reachable(), (problem != null) ? problem.text() : null, primary.server(),
				address, (position != null) ? position.timeline() : null, text(position));
	}

	private ReplicaDescriptor replica(ReplicaStatus replica, ClusterStatus status, long now) {
		boolean eligible = RoutingRules.isEligible(replica, status, this.maxStaleness, now);
		long bytes = status.lagBytes(replica);
		return new ReplicaDescriptor(replica.name(), replica.state().name().toLowerCase(Locale.ROOT).replace('_', '-'),
				this.monitor.isDrained(replica.name()), eligible,
				eligible ? whyOthersFirst(replica) : whyNot(replica, status),
				replica.hasStalenessBound() ? replica.lag(now).toNanos() / NANOS_PER_SECOND : null,
				(bytes >= 0) ? bytes : null, text(replica.position()));
	}

	private @Nullable String whyOthersFirst(ReplicaStatus replica) {
		return this.monitor.slowReplicas().contains(replica.name())
				? "it answers much later than another one, and serves only what that can't" : null;
	}

	private String whyNot(ReplicaStatus replica, ClusterStatus status) {
		return switch (replica.state()) {
			case STARTING -> "nothing is known of it yet";
			case UNREACHABLE -> "it does not answer";
			case RETURNING ->
				"it was lost, and has not answered for long enough since; longer if it is lost repeatedly";
			case DRAINED -> "it was taken out of rotation on this instance, through this endpoint";
			case NOT_A_REPLICA -> replica.name().equals(status.primary().server()) ? "it is the primary now"
					: "it is not in recovery: promoted, or a primary from the start";
			case FOREIGN_CLUSTER -> "its system identifier is not the primary's";
			case REPLICATING -> isOnAnotherTimeline(replica, status) ? "it is on another timeline than the primary"
					: "it can't be shown to be fresher than " + this.maxStaleness.toMillis() + " ms";
		};
	}

	private static boolean isOnAnotherTimeline(ReplicaStatus replica, ClusterStatus status) {
		WalPosition replayed = replica.position();
		return replica.state() == ReplicaState.REPLICATING && replayed != null
				&& !status.timeline().equals(OptionalInt.of(replayed.timeline()));
	}

	private MarkerStoreDescriptor markerStore() {
		Set<String> epochs = this.markers.trustedEpochs();
		return new MarkerStoreDescriptor(this.markers.storeKind(), this.markers.isAvailable(),
				epochs.isEmpty() ? null : Integer.toHexString(epochs.hashCode()), this.markers.storeWarning());
	}

	private static @Nullable String text(@Nullable WalPosition position) {
		return (position != null) ? position.lsnText() : null;
	}

	/**
	 * What the endpoint shows.
	 *
	 * @param primary the primary
	 * @param replicas the replicas
	 * @param markerStore the marker store
	 * @param decisions how many transactions ran where, by target and reason
	 */
	public record ReplicationDescriptor(PrimaryDescriptor primary, List<ReplicaDescriptor> replicas,
			MarkerStoreDescriptor markerStore, Map<String, Map<String, Long>> decisions) {

	}

	/**
	 * What the endpoint shows of the primary.
	 *
	 * @param reachable whether it answers, as a primary
	 * @param reason why not, {@code null} if it does or if that is not sure yet
	 * @param server {@code primary} for the server that is configured as the primary, or
	 * the name of the replica that was promoted
	 * @param address its host and port, {@code null} until it is known
	 * @param timeline its timeline, {@code null} until it is known
	 * @param position its insert position, {@code null} until it is known
	 */
	public record PrimaryDescriptor(boolean reachable, @Nullable String reason, String server, @Nullable String address,
			@Nullable Integer timeline, @Nullable String position) {

	}

	/**
	 * What the endpoint shows of a replica.
	 *
	 * @param name its name
	 * @param state its state
	 * @param drained whether it was taken out of rotation on this instance
	 * @param eligible whether it may serve reads
	 * @param reason why not, or why others come first; {@code null} if it may like any
	 * @param lagSeconds how stale it is at most in seconds, {@code null} if not known
	 * @param lagBytes the bytes of log it has not replayed, {@code null} if not known
	 * @param position the position it has replayed, {@code null} until it is known
	 */
	public record ReplicaDescriptor(String name, String state, boolean drained, boolean eligible,
			@Nullable String reason, @Nullable Double lagSeconds, @Nullable Long lagBytes, @Nullable String position) {

	}

	/**
	 * What the endpoint shows of the marker store.
	 *
	 * @param kind its kind
	 * @param reachable whether it answers and is trusted
	 * @param epoch changes when the store may have lost markers, {@code null} while it is
	 * not reachable
	 * @param warning what may have it lose markers while it works, {@code null} if
	 * nothing is known
	 */
	public record MarkerStoreDescriptor(String kind, boolean reachable, @Nullable String epoch,
			@Nullable String warning) {

	}

}
