package dev.tidemark.routing;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import dev.tidemark.routing.RoutingRules.Candidates;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * Has what is known of the servers improved while a read waits. Thread-safe.
 */
final class CatchUp {

	private final ReplicationMonitor monitor;

	private final Duration question;

	private final Duration fenceWait;

	private final RoutingListener listener;

	CatchUp(ReplicationMonitor monitor, RoutingSettings settings, RoutingListener listener) {
		this.monitor = monitor;
		this.question = settings.question();
		this.fenceWait = settings.fenceWait();
		this.listener = listener;
	}

	/**
	 * Ask a replica once: what is known of it may be an interval old.
	 * @param replica the replica
	 */
	void ask(ReplicaStatus replica) {
		this.monitor.refresh(replica.name(), this.question);
	}

	/**
	 * Ask the primary for its position.
	 * @return its position at a moment after the call, {@code null} if it does not answer
	 */
	@Nullable WalPosition askPrimary() {
		return this.monitor.primaryPosition()
			.<@Nullable WalPosition>thenApply((position) -> position)
			.completeOnTimeout(null, this.question.toNanos(), TimeUnit.NANOSECONDS)
			.exceptionally((ex) -> null)
			.join();
	}

	/**
	 * Wait until a replica may serve, as long as the application allows.
	 * @param rule finds those that may
	 * @return what the rule finds in the end
	 */
	Candidates await(Function<ClusterStatus, Candidates> rule) {
		return await(rule, this.fenceWait);
	}

	/**
	 * Wait until a replica may take the place of one that had better not serve: not much
	 * longer than it needs to replay what is on its way.
	 * @param rule finds those that may
	 * @return what the rule finds in the end
	 */
	Candidates awaitStandIn(Function<ClusterStatus, Candidates> rule) {
		return await(rule, (this.fenceWait.compareTo(this.question) > 0) ? this.fenceWait : this.question);
	}

	private Candidates await(Function<ClusterStatus, Candidates> rule, Duration patience) {
		Candidates candidates = rule.apply(this.monitor.status());
		if (!candidates.isEmpty() || patience.isZero()) {
			return candidates;
		}
		long start = System.nanoTime();
		boolean caughtUp = this.monitor.await((status) -> !rule.apply(status).isEmpty(), patience);
		this.listener.onFenceWait(caughtUp, Duration.ofNanos(System.nanoTime() - start));
		return rule.apply(this.monitor.status());
	}

}
