package dev.tidemark.wal;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Samples the position of every server at an interval, each on a thread and a connection
 * of its own, so that a server that hangs blinds nobody to the others. Thread-safe.
 */
public final class ReplicationMonitor implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(ReplicationMonitor.class);

	/**
	 * How many intervals an answer may be late before its server counts as unreachable.
	 */
	private static final int OVERDUE_INTERVALS = 5;

	/**
	 * As long as a question is waited for: a replica that is slow is not lost.
	 */
	private static final long SHORTEST_OVERDUE = TimeUnit.SECONDS.toNanos(1);

	/**
	 * How often somebody who waits for a position has the servers asked.
	 */
	private static final long WAITING_INTERVAL = TimeUnit.MILLISECONDS.toNanos(5);

	private final Duration interval;

	private final ClusterTracker tracker;

	private final ServerSampler primary;

	private volatile @Nullable Long primaryUsedAt;

	private final Map<String, ServerSampler> replicas = new LinkedHashMap<>();

	private final ExecutorService samplers;

	private final ScheduledExecutorService ticker;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition published = this.lock.newCondition();

	private final List<Consumer<ClusterStatus>> listeners = new CopyOnWriteArrayList<>();

	private final SlowReplicas paces = new SlowReplicas();

	private volatile Set<String> slowReplicas = Set.of();

	private ClusterStatus reported;

	/**
	 * Create a monitor. Nothing is asked before {@link #start(Duration)}.
	 * @param primary asks the primary
	 * @param replicas asks each replica, by name
	 * @param interval how often each server is asked
	 */
	public ReplicationMonitor(ServerProbe primary, Map<String, ServerProbe> replicas, Duration interval) {
		this.interval = interval;
		this.tracker = new ClusterTracker(List.copyOf(replicas.keySet()), Readmission.Limits.DEFAULT);
		this.reported = this.tracker.status();
		this.samplers = Executors.newCachedThreadPool(new DaemonThreads("tidemark-sampler"));
		this.ticker = Executors.newSingleThreadScheduledExecutor(new DaemonThreads("tidemark-monitor"));
		this.primary = new ServerSampler(primary, this.samplers, this::primarySampled, this::primaryFailed);
		replicas.forEach((name, probe) -> this.replicas.put(name, new ServerSampler(probe, this.samplers,
				(sample) -> replicaSampled(name, sample), (ex) -> replicaDidNotAnswer(name, ex))));
	}

	/**
	 * Ask all servers once, then go on asking at the interval. A server that does not
	 * answer does not prevent the start.
	 * @param patience how long to wait for the first answers
	 */
	public void start(Duration patience) {
		awaitQuietly(CompletableFuture.allOf(askAll().toArray(CompletableFuture[]::new)), patience);
		long period = this.interval.toNanos();
		this.ticker.scheduleAtFixedRate(this::tick, period, period, TimeUnit.NANOSECONDS);
	}

	private void tick() {
		long limit = Math.max(SHORTEST_OVERDUE, OVERDUE_INTERVALS * this.interval.toNanos());
		this.tracker.expire(System.nanoTime(), limit);
		lookForSlowReplicas();
		askAll();
		publish();
	}

	private void lookForSlowReplicas() {
		long now = System.nanoTime();
		Map<String, Long> times = new LinkedHashMap<>();
		for (ReplicaStatus replica : status().replicas()) {
			if (replica.state() == ReplicaState.REPLICATING) {
				times.put(replica.name(), sampler(replica.name()).answerTime(now));
			}
		}
		Set<String> slow = this.paces.look(times, now);
		if (!slow.equals(this.slowReplicas)) {
			this.slowReplicas = slow;
			logger.info("Replicas that answer much later than another one, and serve what that can't: " + slow);
		}
	}

	/**
	 * Return the replicas that answer much later than another one. They are in rotation,
	 * but reads better go elsewhere.
	 * @return their names, never those of all replicas in rotation
	 */
	public Set<String> slowReplicas() {
		return this.slowReplicas;
	}

	private List<CompletableFuture<ServerSample>> askAll() {
		List<CompletableFuture<ServerSample>> answers = new ArrayList<>();
		answers.add(this.primary.ask());
		this.replicas.values().forEach((replica) -> answers.add(replica.ask()));
		return answers;
	}

	/**
	 * Return what is known now.
	 * @return the status, never {@code null}
	 */
	public ClusterStatus status() {
		return this.tracker.status();
	}

	/**
	 * Ask the primary for its position with a question that is sent after this call. It
	 * is shared by all who ask meanwhile.
	 * @return the position; completes exceptionally if there is no primary to be had
	 */
	public CompletableFuture<WalPosition> primaryPosition() {
		return sampler(status().primary().server()).askAnew().thenApply((sample) -> {
			WalPosition position = sample.position();
			PrimaryProblem problem = this.tracker.whyNotPrimary(sample);
			if (position == null || problem != null) {
				throw new IllegalStateException("the server at the primary's address "
						+ Objects.requireNonNullElse(problem, PrimaryProblem.ERROR).text());
			}
			return position;
		});
	}

	/**
	 * Ask one replica, or join the question to it that is under way, and wait for the
	 * answer.
	 * @param name the name of the replica
	 * @param patience how long to wait at most
	 */
	public void refresh(String name, Duration patience) {
		awaitQuietly(sampler(name).ask(), patience);
	}

	/**
	 * Ask all replicas with questions that are sent after this call, and wait for the
	 * answers.
	 * @param patience how long to wait at most
	 */
	public void refreshAllAnew(Duration patience) {
		awaitQuietly(
				CompletableFuture.allOf(
						this.replicas.values().stream().map(ServerSampler::askAnew).toArray(CompletableFuture[]::new)),
				patience);
	}

	/**
	 * Wait until what is known satisfies a condition, and have the servers asked more
	 * often meanwhile.
	 * @param condition the condition
	 * @param patience how long to wait at most
	 * @return whether the condition was satisfied in time; {@code false} also when the
	 * thread was interrupted, whose flag is then set
	 */
	public boolean await(Predicate<ClusterStatus> condition, Duration patience) {
		long deadline = System.nanoTime() + patience.toNanos();
		this.lock.lock();
		try {
			long nextQuestion = System.nanoTime();
			while (!condition.test(status())) {
				long now = System.nanoTime();
				if (now - deadline >= 0) {
					return false;
				}
				if (now - nextQuestion >= 0) {
					this.replicas.values().forEach(ServerSampler::ask);
					nextQuestion = now + WAITING_INTERVAL;
				}
				this.published.awaitNanos(Math.min(deadline - now, nextQuestion - now));
			}
			return true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Take note of what a server said, as the primary, on another connection.
	 * @param server {@link PrimaryStatus#CONFIGURED}, or the name of the replica that was
	 * promoted
	 * @param sample what it said
	 * @return why it is not the primary, {@code null} if it is
	 */
	public @Nullable PrimaryProblem primaryAnswered(String server, ServerSample sample) {
		PrimaryProblem problem = this.tracker.primarySaid(server, sample);
		publish();
		return problem;
	}

	/**
	 * Return the address of the server that is the primary.
	 * @return host and port, {@code null} until it has answered
	 */
	public @Nullable String primaryAddress() {
		return sampler(status().primary().server()).address();
	}

	/**
	 * The address may lead to another server by now.
	 */
	private void primarySampled(ServerSample sample) {
		if (this.tracker.primaryAnswered(sample) != null) {
			this.primary.reconnect();
		}
		publish();
	}

	private void primaryFailed(Exception ex) {
		logger.debug("The primary does not answer", ex);
		this.tracker.primaryFailed(problem(this.primary, ex));
		publish();
	}

	/**
	 * A primary that has answered others since it was asked is slow, not silent.
	 */
	private PrimaryProblem problem(ServerSampler asked, Exception ex) {
		PrimaryProblem problem = PrimaryProblem.of(ex);
		Long used = this.primaryUsedAt;
		return (problem == PrimaryProblem.SILENT && used != null && used - asked.askedAt() > 0) ? PrimaryProblem.SLOW
				: problem;
	}

	/**
	 * Take note that the primary has just answered on a connection of the application.
	 */
	public void primaryUsed() {
		this.primaryUsedAt = System.nanoTime();
	}

	/**
	 * Return why a server that gave a sample is not the primary as it was last seen. What
	 * was opened to another one, or in an earlier run, is of no use any more.
	 * @param sample what it said
	 * @return {@code null} if it is; {@link PrimaryProblem#REFUSED} if it was restarted
	 * since, or if another one has its place
	 */
	public @Nullable PrimaryProblem whyNotPrimary(ServerSample sample) {
		return this.tracker.whyNotPrimary(sample);
	}

	/**
	 * Take note of what a replica said on another connection.
	 * @param name the name of the replica
	 * @param sample what it said
	 */
	public void replicaAnswered(String name, ServerSample sample) {
		this.tracker.replicaAnswered(name, sample);
		publish();
	}

	private void replicaSampled(String name, ServerSample sample) {
		replicaAnswered(name, sample);
		boolean isWrong = status().replica(name)
			.map(ReplicaStatus::state)
			.filter((state) -> state == ReplicaState.NOT_A_REPLICA || state == ReplicaState.FOREIGN_CLUSTER)
			.isPresent();
		if (isWrong && !name.equals(status().primary().server())) {
			sampler(name).reconnect();
		}
	}

	/**
	 * Take note that a replica failed on another connection. It is out of rotation until
	 * it answers the next question, unless its replay has ended what was asked, or the
	 * connection with it: then it answers.
	 * @param name the name of the replica
	 * @param ex what happened
	 */
	public void replicaFailed(String name, SQLException ex) {
		logger.debug("A connection to replica '" + name + "' failed", ex);
		if (!SqlStates.isConflict(ex)) {
			this.tracker.connectionFailed(name);
			publish();
		}
	}

	private void replicaDidNotAnswer(String name, Exception ex) {
		logger.debug("Replica '" + name + "' does not answer", ex);
		this.tracker.replicaFailed(name, problem(sampler(name), ex));
		publish();
	}

	/**
	 * Take a replica out of rotation on this instance, or put it back. It is asked as
	 * before, serves nobody, and transactions that run on it end normally.
	 * @param name the name of the replica
	 * @param drain {@code true} to take it out, {@code false} to put it back
	 * @throws IllegalArgumentException if there is no such replica
	 */
	public void drain(String name, boolean drain) {
		checkReplica(name);
		if (this.tracker.drain(name, drain)) {
			logger.info(drain
					? "Replica '" + name + "' was drained: it serves no reads of this instance until it is put back"
					: "Replica '" + name + "' is drained no more");
			publish();
		}
	}

	/**
	 * Return whether a replica was taken out of rotation by {@link #drain}.
	 * @param name the name of the replica
	 * @return {@code true} also if it does not answer
	 */
	public boolean isDrained(String name) {
		return this.tracker.isDrained(name);
	}

	private void checkReplica(String name) {
		if (!this.replicas.containsKey(name)) {
			throw new IllegalArgumentException(
					"there is no replica '" + name + "'; the replicas are " + this.replicas.keySet());
		}
	}

	/**
	 * Return whether a replica has not been restarted since it gave a sample. What was
	 * opened in an earlier run is of no use any more.
	 * @param name the name of the replica
	 * @param sample what it said
	 * @return {@code false} if its last answer came from another run
	 */
	public boolean isCurrentRun(String name, ServerSample sample) {
		return this.tracker.isCurrentRun(name, sample);
	}

	private ServerSampler sampler(String name) {
		if (name.equals(PrimaryStatus.CONFIGURED)) {
			return this.primary;
		}
		checkReplica(name);
		return Objects.requireNonNull(this.replicas.get(name));
	}

	private void publish() {
		this.lock.lock();
		try {
			ClusterStatus status = status();
			StateChanges.log(logger, this.reported, status);
			this.reported = status;
			this.listeners.forEach((listener) -> listener.accept(status));
			this.published.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Have somebody told of each status, also of one that is like the one before.
	 * @param listener is called on the threads that ask the servers, and must neither
	 * block nor throw
	 */
	public void listen(Consumer<ClusterStatus> listener) {
		this.listeners.add(listener);
	}

	private static void awaitQuietly(CompletableFuture<?> answer, Duration patience) {
		try {
			answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (TimeoutException | java.util.concurrent.ExecutionException ex) {
			logger.trace("No answer", ex);
		}
	}

	/**
	 * Stop asking. What is known stays as it is.
	 */
	@Override
	public void close() {
		this.ticker.shutdownNow();
		this.samplers.shutdownNow();
		this.primary.close();
		this.replicas.values().forEach(ServerSampler::close);
	}

}
