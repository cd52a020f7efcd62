package dev.tidemark.wal;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * Turns samples into the status of the cluster. Thread-safe; does no input or output.
 */
final class ClusterTracker {

	private static final int HISTORY_CAPACITY = 4096;

	private final ReentrantLock lock = new ReentrantLock();

	private final PositionHistory history = new PositionHistory(HISTORY_CAPACITY);

	private final Map<String, ReplicaStatus> replicas = new LinkedHashMap<>();

	private final Map<String, ServerSample> lastReplicaSamples = new LinkedHashMap<>();

	private final Readmission.Limits limits;

	/**
	 * Of the replicas that were lost once.
	 */
	private final Map<String, Readmission> readmissions = new LinkedHashMap<>();

	private final Set<String> drained = new LinkedHashSet<>();

	private @Nullable ServerSample lastPrimarySample;

	private boolean failedBefore;

	private Promotions promotions = Promotions.NONE;

	private volatile Known known;

	ClusterTracker(List<String> replicaNames, Readmission.Limits limits) {
		this.limits = limits;
		replicaNames.forEach((name) -> this.replicas.put(name, ReplicaStatus.unknown(name)));
		this.known = new Known(new ClusterStatus(PrimaryStatus.UNKNOWN, List.copyOf(this.replicas.values())), null,
				Map.of());
	}

	ClusterStatus status() {
		return this.known.status();
	}

	/**
	 * Return whether a replica still runs as it did when it gave the sample.
	 */
	boolean isCurrentRun(String name, ServerSample sample) {
		ServerSample last = this.known.replicaSamples().get(name);
		return last != null && last.sameRunAs(sample);
	}

	/**
	 * Return why a server that gave a sample is not the primary as it was last seen: the
	 * same run of it, on the same timeline.
	 * @return {@code null} if it is
	 */
	@Nullable PrimaryProblem whyNotPrimary(ServerSample sample) {
		Known now = this.known;
		PrimaryProblem problem = Promotions.problemOf(sample, now.status().primary());
		boolean sameRun = now.primarySample() != null && now.primarySample().sameRunAs(sample);
		return (problem != null || sameRun) ? problem : PrimaryProblem.REFUSED;
	}

	/**
	 * Take note of what the server at the configured address said.
	 * @return why it is not the primary, {@code null} if it is
	 */
	@Nullable PrimaryProblem primaryAnswered(ServerSample sample) {
		return answeredAsPrimary(PrimaryStatus.CONFIGURED, sample);
	}

	/**
	 * Take note of what a server said on a connection that may be from a time when its
	 * address led elsewhere.
	 * @param server whose address it was opened to
	 * @return why it is not the primary, {@code null} if it is
	 */
	@Nullable PrimaryProblem primarySaid(String server, ServerSample sample) {
		this.lock.lock();
		try {
			PrimaryProblem problem = problemOf(sample);
			if (problem != null) {
				return problem;
			}
			return (server.equals(PrimaryStatus.CONFIGURED) || server.equals(status().primary().server()))
					? answeredAsPrimary(server, sample) : PrimaryProblem.REFUSED;
		}
		finally {
			this.lock.unlock();
		}
	}

	private @Nullable PrimaryProblem answeredAsPrimary(String server, ServerSample sample) {
		this.lock.lock();
		try {
			PrimaryProblem problem = problemOf(sample);
			ServerSample last = this.lastPrimarySample;
			if (last != null && sample.requestedAt() - last.requestedAt() < 0) {
				return problem;
			}
			if (problem == null) {
				accept(server, sample);
			}
			else if (server.equals(status().primary().server())) {
				publish(status().primary().unreachable(problem));
			}
			return problem;
		}
		finally {
			this.lock.unlock();
		}
	}

	private @Nullable PrimaryProblem problemOf(ServerSample sample) {
		return Promotions.problemOf(sample, status().primary());
	}

	private void accept(String server, ServerSample sample) {
		ServerSample last = this.lastPrimarySample;
		WalPosition position = Objects.requireNonNull(sample.position());
		if (last == null) {
			this.replicas.replaceAll((name, replica) -> replica.withoutStalenessBound());
		}
		else if (!last.sameRunAs(sample)) {
			// Positions that were never flushed may be gone, with what they held.
			this.history.clear();
		}
		this.failedBefore = false;
		this.lastPrimarySample = sample;
		this.history.add(sample.requestedAt(), position);
		recheckAll();
		publish(status().primary().answered(server, sample.systemIdentifier(), position, sample.requestedAt()));
	}

	/**
	 * Take note that the server at the configured address could not be asked.
	 */
	void primaryFailed(PrimaryProblem problem) {
		locked(() -> failedAsPrimary(PrimaryStatus.CONFIGURED, problem));
	}

	/**
	 * The first failure may be that of an old connection only. The second question comes
	 * on a new one.
	 */
	private void failedAsPrimary(String server, PrimaryProblem problem) {
		PrimaryStatus primary = status().primary();
		if (server.equals(primary.server())) {
			publish(primary.unreachable(this.failedBefore ? problem : null));
			this.failedBefore = true;
		}
	}

	void replicaAnswered(String name, ServerSample sample) {
		locked(() -> {
			ServerSample last = this.lastReplicaSamples.get(name);
			if (last != null && sample.requestedAt() - last.requestedAt() < 0) {
				return;
			}
			ServerSample effective = (last != null) ? keepTimeline(last, sample) : sample;
			if (last != null && last.sameRunAs(effective) && wentBack(last, effective)
					&& sample.requestedAt() - last.answeredAt() < 0) {
				// The two questions were under way together, and were answered the other
				// way
				// round.
				return;
			}
			this.lastReplicaSamples.put(name, effective);
			ReplicaStatus before = Objects.requireNonNull(this.replicas.get(name));
			boolean continues = last != null && last.sameRunAs(effective) && !wentBack(last, effective);
			ReplicaStatus after = new ReplicaStatus(name, ReplicaState.STARTING, effective.position(),
					effective.requestedAt(), continues ? before.completeAsOf() : null,
					continues ? before.runSince() : effective.requestedAt(), replicaSince(before, last, effective));
			this.replicas.put(name, after);
			this.readmissions.computeIfPresent(name,
					(key, readmission) -> readmission.answered(effective.answeredAt(), this.limits));
			recheckAll();
			publish(status().primary());
			checkPromotion(name, effective);
		});
	}

	private void checkPromotion(String name, ServerSample sample) {
		PrimaryStatus primary = status().primary();
		this.promotions = this.promotions.answered(name, sample);
		if (name.equals(primary.server()) || this.promotions.mayFollow(name, sample, primary, this.lastPrimarySample,
				this.lastReplicaSamples.values())) {
			answeredAsPrimary(name, sample);
		}
	}

	/**
	 * Take note that a replica could not be asked, which may be the primary now.
	 */
	void replicaFailed(String name, PrimaryProblem problem) {
		replicaFailed(name);
		locked(() -> failedAsPrimary(name, problem));
	}

	/**
	 * Take note that a replica did not answer. It has to answer for a while before it
	 * serves again.
	 */
	void replicaFailed(String name) {
		locked(() -> {
			lose(name);
			publish(status().primary());
		});
	}

	/**
	 * Take note that a connection to a replica was lost. One may be without the replica
	 * being so: the next answer tells.
	 */
	void connectionFailed(String name) {
		locked(() -> {
			this.replicas.computeIfPresent(name, (key, replica) -> replica.withState(ReplicaState.UNREACHABLE));
			publish(status().primary());
		});
	}

	/**
	 * Take a replica out of rotation, or put it back. It is followed as before meanwhile.
	 * @return {@code false} if nothing has changed
	 */
	boolean drain(String name, boolean drain) {
		this.lock.lock();
		try {
			boolean changed = drain ? this.drained.add(name) : this.drained.remove(name);
			publish(status().primary());
			return changed;
		}
		finally {
			this.lock.unlock();
		}
	}

	boolean isDrained(String name) {
		this.lock.lock();
		try {
			return this.drained.contains(name);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Take out of rotation every replica whose next answer is overdue.
	 * @param now the current {@link System#nanoTime()}
	 * @param limit the time in nanoseconds from which an answer is overdue
	 */
	void expire(long now, long limit) {
		locked(() -> {
			this.lastReplicaSamples.forEach((name, last) -> {
				if (isServing(name) && now - last.answeredAt() > limit) {
					lose(name);
				}
			});
			publish(status().primary());
		});
	}

	private boolean isServing(String name) {
		return Objects.requireNonNull(this.replicas.get(name)).state() == ReplicaState.REPLICATING;
	}

	private void lose(String name) {
		this.replicas.computeIfPresent(name, (key, replica) -> replica.withState(ReplicaState.UNREACHABLE));
		ServerSample last = this.lastReplicaSamples.get(name);
		if (last != null && this.limits.answers() > 0) {
			this.readmissions.merge(name, Readmission.NEVER_LOST.lost(last.answeredAt(), this.limits),
					(before, first) -> before.lost(last.answeredAt(), this.limits));
		}
	}

	/**
	 * Without the privilege to see the WAL receiver a replica names the timeline of its
	 * last restart point. In one run of the server it never goes back.
	 */
	private static ServerSample keepTimeline(ServerSample last, ServerSample sample) {
		WalPosition before = last.position();
		WalPosition now = sample.position();
		if (before == null || now == null || !last.sameRunAs(sample) || now.timeline() >= before.timeline()) {
			return sample;
		}
		return new ServerSample(sample.requestedAt(), sample.answeredAt(), sample.inRecovery(),
				sample.systemIdentifier(), sample.postmasterStart(), new WalPosition(before.timeline(), now.lsn()),
				sample.commitAge(), sample.unflushed());
	}

	private static boolean wentBack(ServerSample last, ServerSample sample) {
		WalPosition before = last.position();
		WalPosition now = sample.position();
		return before != null && (now == null || now.max(before) != now);
	}

	/**
	 * It was a replica at the answer, maybe not yet at the question.
	 */
	private static @Nullable Long replicaSince(ReplicaStatus before, @Nullable ServerSample last, ServerSample sample) {
		boolean returns = last != null && !last.inRecovery() && sample.inRecovery();
		return returns ? (Long) sample.answeredAt() : before.replicaSince();
	}

	private void recheckAll() {
		String systemIdentifier = systemIdentifier();
		this.replicas.replaceAll((name, replica) -> recheck(name, replica, systemIdentifier));
	}

	/**
	 * Until the primary has answered, the cluster is the one that all replicas belong to.
	 */
	private @Nullable String systemIdentifier() {
		ServerSample primary = this.lastPrimarySample;
		if (primary != null) {
			return primary.systemIdentifier();
		}
		List<String> named = this.lastReplicaSamples.values()
			.stream()
			.map(ServerSample::systemIdentifier)
			.distinct()
			.toList();
		return (named.size() == 1) ? named.get(0) : null;
	}

	private ReplicaStatus recheck(String name, ReplicaStatus replica, @Nullable String systemIdentifier) {
		ServerSample sample = this.lastReplicaSamples.get(name);
		if (sample == null) {
			return replica;
		}
		if (replica.state() == ReplicaState.UNREACHABLE) {
			// What it has replayed is not known any more, so its bound gets no better.
			return replica;
		}
		return new ReplicaStatus(name, stateOf(name, sample, systemIdentifier), replica.position(), replica.sampledAt(),
				completeAsOf(replica, sample), replica.runSince(), replica.replicaSince());
	}

	private ReplicaState stateOf(String name, ServerSample sample, @Nullable String systemIdentifier) {
		if (!sample.inRecovery()) {
			return ReplicaState.NOT_A_REPLICA;
		}
		boolean nothingToCompareWith = this.lastPrimarySample == null && sample.commitAge() == null;
		if (systemIdentifier == null || sample.position() == null || nothingToCompareWith) {
			return ReplicaState.STARTING;
		}
		if (!systemIdentifier.equals(sample.systemIdentifier())) {
			return ReplicaState.FOREIGN_CLUSTER;
		}
		return isOut(name) ? ReplicaState.RETURNING : ReplicaState.REPLICATING;
	}

	private boolean isOut(String name) {
		return this.readmissions.getOrDefault(name, Readmission.NEVER_LOST).out();
	}

	private @Nullable Long completeAsOf(ReplicaStatus replica, ServerSample sample) {
		OptionalLong found = (this.lastPrimarySample != null) ? byHistory(replica.position()) : byClocks(sample);
		Long before = replica.completeAsOf();
		if (found.isEmpty()) {
			return before;
		}
		return (before != null && before - found.getAsLong() > 0) ? before : (Long) found.getAsLong();
	}

	private OptionalLong byHistory(@Nullable WalPosition position) {
		return (position != null) ? this.history.completeAsOf(position) : OptionalLong.empty();
	}

	/**
	 * The only evidence while no position of the primary was ever known here. It needs
	 * servers whose clocks are in step, and names an idle primary's replicas stale.
	 */
	private static OptionalLong byClocks(ServerSample sample) {
		Duration age = sample.commitAge();
		return (age != null) ? OptionalLong.of(sample.requestedAt() - age.toNanos()) : OptionalLong.empty();
	}

	private void publish(PrimaryStatus primary) {
		boolean noneServes = this.replicas.keySet()
			.stream()
			.noneMatch((name) -> isServing(name) && !this.drained.contains(name));
		if (!primary.reachable() && noneServes) {
			this.replicas.replaceAll(this::endReturn);
		}
		this.known = new Known(new ClusterStatus(primary, this.replicas.values().stream().map(this::asShown).toList()),
				this.lastPrimarySample, Map.copyOf(this.lastReplicaSamples));
	}

	/**
	 * What is wrong with a replica comes before that it was taken out of rotation.
	 */
	private ReplicaStatus asShown(ReplicaStatus replica) {
		boolean isDrained = replica.state().isFollowing() && this.drained.contains(replica.name());
		return isDrained ? replica.withState(ReplicaState.DRAINED) : replica;
	}

	/**
	 * A replica that may be lost again is better than none.
	 */
	private ReplicaStatus endReturn(String name, ReplicaStatus replica) {
		ServerSample last = this.lastReplicaSamples.get(name);
		if (replica.state() != ReplicaState.RETURNING || last == null) {
			return replica;
		}
		this.readmissions.computeIfPresent(name, (key, readmission) -> readmission.back(last.answeredAt()));
		return replica.withState(ReplicaState.REPLICATING);
	}

	private void locked(Runnable change) {
		this.lock.lock();
		try {
			change.run();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * What is known at one moment: each read asks, and must not wait for who writes.
	 *
	 * @param status the status
	 * @param primarySample what the primary said last
	 * @param replicaSamples what each replica said last
	 */
	private record Known(ClusterStatus status, @Nullable ServerSample primarySample,
			Map<String, ServerSample> replicaSamples) {

	}

}
