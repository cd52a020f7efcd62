package dev.tidemark.routing;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ReadConsistencyUnavailableException;
import dev.tidemark.WriteDecisionOnReplicaException;
import dev.tidemark.marker.Markers;
import dev.tidemark.session.FenceSource;
import dev.tidemark.session.SessionContext;
import dev.tidemark.session.SessionTokens;
import dev.tidemark.wal.ReplicationMonitor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Puts the parts of this package together, and carries out decisions for logical
 * connections. Thread-safe.
 */
public final class RoutingEngine implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(RoutingEngine.class);

	private final SessionContext context;

	private final ReplicationMonitor monitor;

	private final ServerPools pools;

	private final WriteRecorder recorder;

	private final RoutingListener listener;

	private final ConnectionTaker taker;

	private final FenceSource fences;

	private final TransactionEnds ends;

	private final PortableSessions sessions;

	private final SqlClassifier classifier;

	private final RoutingSettings settings;

	/**
	 * Create an engine.
	 * @param primary the primary's pool
	 * @param replicas the replicas' pools, by name
	 * @param monitor knows the positions of the servers
	 * @param markers knows what users have written
	 * @param tokens reads and writes session tokens
	 * @param context knows the current session
	 * @param settings what the application has set
	 * @param listeners are told what is decided
	 */
	public RoutingEngine(HikariDataSource primary, Map<String, HikariDataSource> replicas, ReplicationMonitor monitor,
			Markers markers, SessionTokens tokens, SessionContext context, RoutingSettings settings,
			List<RoutingListener> listeners) {
		this.context = context;
		this.monitor = monitor;
		this.pools = new ServerPools(primary, replicas, monitor, settings.positions());
		this.listener = new CompositeRoutingListener(listeners);
		ClusterMarkers clusterMarkers = new ClusterMarkers(markers, monitor);
		this.fences = new CheckedFences(clusterMarkers, tokens, monitor, settings.question(), this.listener);
		ReadRouter router = new ReadRouter(context, this.fences, monitor, settings, this.listener);
		this.recorder = new WriteRecorder(context, clusterMarkers, monitor, settings.maxStaleness());
		this.ends = new TransactionEnds(context, this.pools.primaryConnections(), router, this.recorder, settings);
		this.sessions = new PortableSessions(context, monitor, this.fences, tokens, this.recorder);
		this.classifier = new SqlClassifier(settings.writingFunctions());
		this.settings = settings;
		this.taker = new ConnectionTaker(context, monitor, this.pools, replicas.size(), router, this.listener,
				new FallbackBudget(settings.fallbackReads(), settings.fallbackWait()));
	}

	/**
	 * Have the current user's marker asked for, because the current session is about to
	 * read. Does not wait for the answer.
	 */
	public void prefetch() {
		ConsistencyLevel level = this.settings.defaultLevel();
		if (level == ConsistencyLevel.SESSION || level == ConsistencyLevel.READ_YOUR_WRITES) {
			this.context.session().prefetch(this.fences);
		}
	}

	/**
	 * Return what takes sessions elsewhere.
	 * @return the same at each call
	 */
	public PortableSessions sessions() {
		return this.sessions;
	}

	/**
	 * Return what ends transactions.
	 */
	TransactionEnds ends() {
		return this.ends;
	}

	/**
	 * Return what is known of connections without taking one.
	 */
	ConnectionFacts facts() {
		return this.pools.facts();
	}

	/**
	 * Return what a statement may do.
	 * @param sql its text, {@code null} if the application passed none, which the driver
	 * will refuse
	 * @return its kind
	 */
	StatementKind kind(@Nullable String sql) {
		return (sql != null) ? this.classifier.classify(sql) : StatementKind.QUERY;
	}

	/**
	 * Return whether a query outside a transaction may run on a replica.
	 */
	boolean mayReadReplicasOutsideTransactions() {
		return this.settings.readsOutsideTransactions();
	}

	/**
	 * Start the pools of the replicas that answer, so that neither the first read nor the
	 * pools' metrics wait for it. A replica that does not answer starts with its first
	 * read.
	 */
	public void startPools() {
		this.taker.startPools();
	}

	/**
	 * Take the connection that a unit of work runs on.
	 * @param unit what is to run
	 * @param held the connections that the logical connection holds from before; what is
	 * taken becomes the current one
	 * @return the decision and the connection
	 * @throws SQLException if there is no connection to be had
	 * @throws ReadConsistencyUnavailableException if no replica may serve the transaction
	 * and the primary does not answer
	 */
	Routed begin(UnitOfWork unit, HeldConnections held) throws SQLException {
		return this.taker.begin(unit, held);
	}

	/**
	 * Take a connection for a question about the database, not about its data.
	 * @param held where the connection is kept
	 * @param failed the names of the replicas whose connections were lost
	 * @return the connection
	 * @throws SQLException if there is none to be had
	 */
	ServerConnection takeForQuestion(HeldConnections held, Set<String> failed) throws SQLException {
		return this.taker.takeForQuestion(held, failed);
	}

	/**
	 * Return how many reads that wanted a replica use the primary now.
	 * @return their number
	 */
	public int fallbackReads() {
		return this.taker.fallbackReads();
	}

	/**
	 * Return how many reads that wanted a replica may use the primary at one time.
	 * @return their number
	 */
	public int fallbackLimit() {
		return this.taker.fallbackLimit();
	}

	/**
	 * Do as {@link #begin}, for a decision that will be announced.
	 * @param unit what is to run
	 * @param held the connections that the logical connection holds from before
	 * @return the decision and the connection
	 * @throws SQLException if there is no connection to be had
	 */
	Routed beginObserved(UnitOfWork unit, HeldConnections held) throws SQLException {
		Deciding deciding = this.listener.onDeciding();
		try {
			Routed routed = begin(unit, held);
			deciding.decided(routed.decision());
			return routed;
		}
		catch (SQLException | RuntimeException | Error ex) {
			deciding.failed(ex);
			throw ex;
		}
	}

	/**
	 * Tell what was decided: once for each transaction, and for each statement outside
	 * one.
	 * @param decision the decision
	 */
	void announce(Decision decision) {
		this.listener.onDecision(decision);
		if (!decision.isPrimary()) {
			TransactionRoute.readsReplica(decision.target());
		}
	}

	/**
	 * Take note that a read has lost the primary. Twice in a row means that the pool has
	 * more connections of that kind, which it does not look at when they were used just
	 * now.
	 * @param times how often the read has lost it
	 */
	void readLostPrimary(int times) {
		if (times > 1) {
			this.pools.primaryConnections().evictIdle();
		}
	}

	/**
	 * Take note that a read has failed on a replica.
	 * @param replica the name of the replica
	 * @param ex what the driver threw
	 */
	void readFailed(String replica, SQLException ex) {
		logger.debug("A read failed on replica '" + replica + "', which it leaves", ex);
		this.monitor.replicaFailed(replica, ex);
	}

	/**
	 * Check that a statement may join a transaction that runs on a replica.
	 * @param replica the name of the replica
	 * @param statement what the statement may do
	 * @param sql its text
	 * @throws SQLException if it can't run there
	 * @throws WriteDecisionOnReplicaException if it decides a write
	 */
	void checkOnReplica(String replica, StatementKind statement, String sql) throws SQLException {
		String method = this.context.policy().decisionMethod();
		if (method != null) {
			throw new WriteDecisionOnReplicaException(method, replica);
		}
		if (statement.needsPrimary()) {
			throw ReplicaRefusal.of(replica, statement, sql);
		}
	}

	/**
	 * Close what is not the application's.
	 */
	@Override
	public void close() {
		this.pools.close();
	}

	/**
	 * Record what the last write of the current session was about, where that became
	 * known after its commit. Returns when no later read that names it can miss the
	 * write.
	 * @param topics what it was about
	 */
	public void wroteAbout(Set<String> topics) {
		this.recorder.wroteAbout(topics);
	}

}
