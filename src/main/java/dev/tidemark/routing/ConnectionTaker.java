package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import dev.tidemark.ReadConsistencyUnavailableException;
import dev.tidemark.session.HomeKey;
import dev.tidemark.session.SessionContext;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ReplicationMonitor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Takes the connection that a unit of work runs on, from a server that may serve it and
 * has one to give. Thread-safe.
 */
final class ConnectionTaker {

	private static final Log logger = LogFactory.getLog(ConnectionTaker.class);

	/**
	 * How long a read waits for a connection to a replica while the primary has one to
	 * give: what a pool that is in use needs to get one back.
	 */
	private static final long SHORT_WAIT = TimeUnit.MILLISECONDS.toNanos(100);

	private final SessionContext context;

	private final ReplicationMonitor monitor;

	private final ServerPools pools;

	private final int replicas;

	private final ReadRouter router;

	private final RoutingListener listener;

	private final FallbackBudget budget;

	ConnectionTaker(SessionContext context, ReplicationMonitor monitor, ServerPools pools, int replicas,
			ReadRouter router, RoutingListener listener, FallbackBudget budget) {
		this.context = context;
		this.monitor = monitor;
		this.pools = pools;
		this.replicas = replicas;
		this.router = router;
		this.listener = listener;
		this.budget = budget;
	}

	/**
	 * Start the pools of the replicas that answer, so that neither the first read nor the
	 * pools' metrics wait for it. A replica that does not answer starts with its first
	 * read.
	 */
	void startPools() {
		for (ReplicaStatus replica : this.monitor.status().replicas()) {
			ServerPools.Replica taken = (replica.state() == ReplicaState.REPLICATING) ? takeReplica(replica.name())
					: null;
			try {
				release((taken != null) ? taken.connection() : null);
			}
			catch (SQLException ex) {
				this.monitor.replicaFailed(replica.name(), ex);
			}
		}
	}

	/**
	 * Decide where a unit of work runs and take a connection there. A replica whose pool
	 * has none to give is passed over where another one may serve; where none may, after
	 * a short wait the primary serves if it has a place; else the pool is waited for.
	 * @param unit what is to run
	 * @param held the connections that the logical connection holds from before; what is
	 * taken becomes the current one
	 * @return the decision and the connection
	 * @throws SQLException if there is no connection to be had
	 * @throws ReadConsistencyUnavailableException if no replica may serve the transaction
	 * and the primary does not answer
	 */
	Routed begin(UnitOfWork unit, HeldConnections held) throws SQLException {
		UnitOfWork left = unit;
		long start = System.nanoTime();
		int attempt = 0;
		while (attempt <= 2 * this.replicas) {
			ClusterStatus before = this.monitor.status();
			Decision decision = preferRoom(left, held.current());
			ServerConnection kept = switchTo(decision.target(), held);
			if (kept != null) {
				return new Routed(decision, kept);
			}
			if (decision.isPrimary()) {
				return new Routed(decision, takePrimary(decision.reason(), held));
			}
			if (this.pools.room().isFull(decision.target())) {
				Routed inPlace = takeInPlaceOf(decision.target(), System.nanoTime() - start, held);
				if (inPlace != null) {
					return inPlace;
				}
				if (this.pools.room().await()) {
					continue;
				}
			}
			attempt++;
			ServerPools.Replica replica = takeReplica(decision.target());
			if (replica == null) {
				left = left.without(Set.of(decision.target()));
			}
			else {
				held.add(replica.connection());
				if (!replica.news() && isSameRun(decision.target(), before)) {
					return new Routed(decision, replica.connection());
				}
			}
		}
		ServerConnection before = switchTo(Decision.PRIMARY, held);
		return new Routed(Decision.primary(Reason.NO_REPLICA),
				(before != null) ? before : takePrimary(Reason.NO_REPLICA, held));
	}

	/**
	 * Return whether what was decided on still holds: while a connection was waited for,
	 * another read may have found that the replica was restarted, maybe older.
	 */
	private boolean isSameRun(String replica, ClusterStatus before) {
		return before.replica(replica)
			.map(ReplicaStatus::runSince)
			.equals(this.monitor.status().replica(replica).map(ReplicaStatus::runSince));
	}

	/**
	 * Take the primary for a read that waits for a pool: after a short wait if it has a
	 * place at once, and when the pool would give up in any case.
	 */
	private @Nullable Routed takeInPlaceOf(String replica, long waited, HeldConnections held) throws SQLException {
		Decision primary = Decision.primary(Reason.NO_REPLICA);
		if (waited > this.pools.room().patience(replica)) {
			return new Routed(primary, takePrimary(Reason.NO_REPLICA, held));
		}
		ServerConnection spare = (waited > SHORT_WAIT) ? takeSparePrimary() : null;
		if (spare == null) {
			return null;
		}
		held.add(spare);
		return new Routed(primary, spare);
	}

	/**
	 * Decide for a replica whose pool has a connection to give, if there is one. A slow
	 * one is no better than a short wait.
	 */
	private Decision preferRoom(UnitOfWork unit, @Nullable ServerConnection current) {
		Decision decision = preferFast(unit, current);
		if (!isFull(decision, current)) {
			return decision;
		}
		UnitOfWork others = unit.without(this.pools.room().full()).without(this.monitor.slowReplicas());
		Decision other = decide(others, current);
		return other.isPrimary() ? decision : other;
	}

	private boolean isFull(Decision decision, @Nullable ServerConnection current) {
		boolean isHeld = current != null && current.target().equals(decision.target());
		return !decision.isPrimary() && !isHeld && this.pools.room().isFull(decision.target());
	}

	/**
	 * Decide for a replica that is not slow, if there is one.
	 */
	private Decision preferFast(UnitOfWork unit, @Nullable ServerConnection current) {
		Set<String> slow = this.monitor.slowReplicas();
		if (slow.isEmpty()) {
			return decide(unit, current);
		}
		Decision fast = decide(unit.without(slow), current);
		if (!fast.reason().isForLackOfReplica()) {
			return fast;
		}
		Decision any = decide(unit, current);
		return any.isPrimary() ? fast : any;
	}

	/**
	 * A connection that was taken from the primary before may lead to an old one.
	 */
	private @Nullable ServerConnection switchTo(String target, HeldConnections held) throws SQLException {
		ServerConnection before = held.switchTo(target);
		if (before != null && before.isPrimary() && !this.pools.primaryConnections().isCurrent(before)) {
			held.releaseCurrent();
			return null;
		}
		return before;
	}

	private Decision decide(UnitOfWork unit, @Nullable ServerConnection current) {
		Integer isolation = (unit.isolation() != null) ? unit.isolation() : this.pools.facts().isolation();
		boolean serializable = isolation != null && isolation == Connection.TRANSACTION_SERIALIZABLE;
		return this.router.route(unit, serializable, (current != null) ? current.target() : null);
	}

	private static void release(@Nullable ServerConnection connection) throws SQLException {
		if (connection != null) {
			connection.release();
		}
	}

	/**
	 * Take a connection for a question about the database, not about its data. A replica
	 * answers if the primary is away, so that what asks when it starts can start.
	 * @param held where the connection is kept
	 * @param failed the names of the replicas whose connections were lost
	 * @return the connection
	 * @throws SQLException if there is none to be had
	 */
	ServerConnection takeForQuestion(HeldConnections held, Set<String> failed) throws SQLException {
		ServerConnection taken = isPrimaryAway() ? takeAnyReplica(failed) : null;
		if (taken == null) {
			taken = this.pools.primary();
		}
		held.add(taken);
		return taken;
	}

	private @Nullable ServerConnection takeAnyReplica(Set<String> failed) {
		for (ReplicaStatus replica : this.monitor.status().replicas()) {
			boolean mayAnswer = replica.state().isFollowing() && !failed.contains(replica.name());
			ServerPools.Replica taken = mayAnswer ? takeReplica(replica.name()) : null;
			if (taken != null) {
				return taken.connection();
			}
		}
		return null;
	}

	private boolean isPrimaryAway() {
		return this.pools.primaryConnections().isAway();
	}

	/**
	 * A read that the primary only stands in for does not wait for a primary that is
	 * away.
	 */
	private ServerConnection takePrimary(Reason reason, HeldConnections held) throws SQLException {
		ServerConnection primary = reason.isForLackOfReplica() ? takePrimaryInstead(reason) : this.pools.primary();
		held.add(primary);
		return primary;
	}

	private ServerConnection takePrimaryInstead(Reason reason) throws SQLException {
		try {
			if (!isPrimaryAway()) {
				return takePrimaryWithinBudget(reason);
			}
		}
		catch (PrimaryAwayException ex) {
			logger.debug("A read can be served nowhere", ex);
		}
		throw new ReadConsistencyUnavailableException(this.router.level(), reason.tag(),
				describe(this.monitor.status()));
	}

	private ServerConnection takePrimaryWithinBudget(Reason reason) throws SQLException {
		String user = nameForBudget();
		if (!this.budget.acquire(reason == Reason.RECENT_WRITE, user)) {
			this.listener.onFallbackRejected();
			throw ReadConsistencyUnavailableException.becauseOfBudget(this.router.level(), reason.tag(),
					describe(this.monitor.status()), this.budget.size());
		}
		return primaryOnBudget(user);
	}

	/**
	 * Return a connection to the primary if it has one that nobody uses, and a free place
	 * for reads that wanted a replica.
	 */
	private @Nullable ServerConnection takeSparePrimary() throws SQLException {
		String user = nameForBudget();
		boolean spare = this.monitor.status().primary().reachable() && this.pools.primaryConnections().hasIdle()
				&& this.budget.acquireFree(user);
		return spare ? primaryOnBudget(user) : null;
	}

	private @Nullable String nameForBudget() {
		HomeKey key = this.context.session().homeKey();
		return (key != null) ? key.name() : null;
	}

	private ServerConnection primaryOnBudget(@Nullable String user) throws SQLException {
		try {
			return this.pools.primary().onRelease(() -> this.budget.release(user));
		}
		catch (SQLException | RuntimeException | Error ex) {
			this.budget.release(user);
			throw ex;
		}
	}

	/**
	 * Return how many reads that wanted a replica use the primary now.
	 * @return their number
	 */
	int fallbackReads() {
		return this.budget.used();
	}

	/**
	 * Return how many reads that wanted a replica may use the primary at one time.
	 * @return their number
	 */
	int fallbackLimit() {
		return this.budget.size();
	}

	private static String describe(ClusterStatus status) {
		long now = System.nanoTime();
		return status.replicas()
			.stream()
			.map((replica) -> replica.name() + " is " + replica.state().name().toLowerCase(Locale.ROOT)
					+ (replica.hasStalenessBound()
							? " and at most " + replica.stalenessBound(now).toMillis() + " ms stale" : ""))
			.collect(Collectors.joining(", "));
	}

	private ServerPools.@Nullable Replica takeReplica(String name) {
		try {
			return this.pools.replica(name);
		}
		catch (SQLException ex) {
			if (PoolRoom.isRefusal(ex)) {
				logger.debug("The pool of replica '" + name + "' has no connection to give", ex);
				this.pools.room().refused(name);
			}
			else {
				this.monitor.replicaFailed(name, ex);
			}
			return null;
		}
	}

}
