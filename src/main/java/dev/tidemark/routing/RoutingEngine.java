package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ReadConsistencyUnavailableException;
import dev.tidemark.WriteDecisionOnReplicaException;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.marker.Markers;
import dev.tidemark.session.FenceSource;
import dev.tidemark.session.Session;
import dev.tidemark.session.SessionCarrier;
import dev.tidemark.session.SessionContext;
import dev.tidemark.session.SessionTokens;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Carries out decisions for logical connections: takes the connection a transaction runs
 * on, and makes its commit known. Thread-safe.
 */
public final class RoutingEngine implements SessionCarrier.Sessions, AutoCloseable {

	private static final Log logger = LogFactory.getLog(RoutingEngine.class);

	private final SessionContext context;

	private final ReplicationMonitor monitor;

	private final ServerPools pools;

	private final ReadRouter router;

	private final WriteRecorder recorder;

	private final RoutingListener listener;

	private final ConnectionTaker taker;

	private final SessionTokens tokens;

	private final FenceSource fences;

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
		this.tokens = tokens;
		this.fences = new CheckedFences(clusterMarkers, tokens, monitor, settings.question(), this.listener);
		this.router = new ReadRouter(context, this.fences, monitor, settings, this.listener);
		this.recorder = new WriteRecorder(context, clusterMarkers, monitor, settings.maxStaleness());
		this.classifier = new SqlClassifier(settings.writingFunctions());
		this.settings = settings;
		this.taker = new ConnectionTaker(context, monitor, this.pools, replicas.size(), this.router, this.listener,
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
	 * Return a token of what a session has to see. May ask the marker store. When that
	 * does not answer, the primary's position covers what it may have kept.
	 * @param session the session
	 * @return the text of the token, empty if nothing has to be seen, or if the cluster
	 * is not known yet
	 */
	@Override
	public String token(Session session) {
		return token(session, session.fence(this.context.topics(), this.fences).join());
	}

	/**
	 * Return a token of what is known of a session without asking the marker store: what
	 * its client has to carry beside the marker.
	 * @param session the session, which ends
	 * @return the text of the token, empty if the client needs no other than it has
	 */
	public String clientToken(Session session) {
		settle(session);
		return session.hasNews() ? token(session, session.knownFence(this.fences).join()) : "";
	}

	@Override
	public CompletableFuture<?> takeOver(String token, Session session) {
		return this.fences.token(token, session.tokenKey()).fence().thenAccept((known) -> {
			if (known.written() != null) {
				session.saw(known.written());
			}
		});
	}

	private String token(Session session, MarkerReading fence) {
		String systemIdentifier = this.monitor.status().primary().systemIdentifier();
		WalPosition position = fence.known() ? fence.written() : this.monitor.status().primary().position();
		boolean saysSomething = position != null || session.isKnownByToken();
		return (systemIdentifier != null && saysSomething)
				? this.tokens.write(position, session.tokenKey(), session.seat(), systemIdentifier) : "";
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
	Routed begin(Unit unit, HeldConnections held) throws SQLException {
		return this.taker.begin(unit, held);
	}

	/**
	 * Take a connection for a question about the database, not about its data.
	 * @param held where the connection is kept
	 * @return the connection
	 * @throws SQLException if there is none to be had
	 */
	ServerConnection takeForQuestion(HeldConnections held) throws SQLException {
		return this.taker.takeForQuestion(held);
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
	Routed beginObserved(Unit unit, HeldConnections held) throws SQLException {
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
	 * @param failure why
	 * @param ex what the driver threw
	 */
	void readFailed(String replica, ReadFailure failure, SQLException ex) {
		logger.debug("A read failed on replica '" + replica + "', which it leaves", ex);
		if (failure == ReadFailure.LOST) {
			this.monitor.replicaFailed(replica, ex);
		}
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
	 * Commit on the primary, and return when the commit can be missed by no later read of
	 * the current user. One round trip, and no more if nothing was written.
	 * <p>
	 * If the connection is lost before the answer, the user counts as having written: the
	 * commit may stand. Not covered is what the server makes of a commit that still waits
	 * for something when the primary's position is read.
	 * @param connection a pooled connection to the primary, not in auto-commit mode
	 * @throws SQLException if the commit failed, as the connection itself would throw it;
	 * or if the connection was lost and the outcome is not known
	 */
	void commit(Connection connection) throws SQLException {
		CommitOutcome outcome = PositionedCommit.commit(connection, this.settings.positions());
		record(outcome);
		outcome.check();
	}

	/**
	 * End a read-only transaction on the primary, behind which no later read of the
	 * current user may fall.
	 * @param connection a pooled connection to the primary, not in auto-commit mode
	 * @throws SQLException if the connection was lost, or the transaction could not be
	 * ended
	 */
	void commitRead(Connection connection) throws SQLException {
		CommitOutcome outcome = PositionedCommit.commit(connection, this.settings.positions());
		if (!outcome.known() && outcome.problem() != null) {
			throw outcome.problem();
		}
		record(outcome);
	}

	private void record(CommitOutcome outcome) {
		if (!outcome.wrote()) {
			seen(outcome.position());
		}
		else if (outcome.position() != null) {
			this.recorder.committed(outcome.position());
		}
		else {
			this.recorder.committedSomewhere(outcome.problem());
		}
	}

	/**
	 * Check that a transaction that may have written still runs on the primary. If
	 * another server was promoted meanwhile, what it would commit would be lost. The
	 * connection is given up, so that the server rolls it back, whether it answers or
	 * not.
	 * @param held the connections that the logical connection holds; the current one is
	 * that to the primary
	 * @throws SQLException if it must not be committed
	 */
	void checkStillPrimary(HeldConnections held) throws SQLException {
		ServerConnection current = held.current();
		if (current != null && this.pools.primaryConnections().isSuperseded(current)) {
			held.discardCurrent();
			throw new SQLTransactionRollbackException("The transaction was rolled back: its server was the primary "
					+ "when it began, and another one was promoted meanwhile. Nothing of it is kept. Repeat it: it "
					+ "runs on the new primary then.", "40000");
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
	 * Return whether what the current transaction reads must be seen by later reads too.
	 * Within a window every read would start it anew.
	 */
	boolean readsMonotonically() {
		ConsistencyLevel level = this.router.level();
		return this.settings.window() == null
				&& (level == ConsistencyLevel.SESSION || level == ConsistencyLevel.PRIMARY);
	}

	private void seen(@Nullable WalPosition position) {
		if (position != null && readsMonotonically()) {
			this.recorder.seen(position);
		}
	}

	/**
	 * Record what a transaction has read that was not committed on the primary, and not
	 * read at the user's home.
	 * @param ended where the transaction ran
	 */
	void readEnded(Decision ended) {
		if (ended.awayFromHome() || (ended.isPrimary() && readsMonotonically())) {
			this.recorder.seenSomething(this.context.session());
		}
	}

	/**
	 * Note that a query outside a transaction has read the primary. Its position is asked
	 * for when the session ends.
	 */
	void readPrimaryOutsideTransaction() {
		if (readsMonotonically()) {
			this.context.session().sawPrimary(System.nanoTime());
		}
	}

	/**
	 * Make sure that what a session has read on the primary is remembered when it is
	 * continued elsewhere.
	 * @param session the session, which ends
	 */
	@Override
	public void settle(Session session) {
		Long moment = session.sawPrimaryAt();
		if (moment != null
				&& !this.monitor.status().replicas().stream().allMatch((replica) -> replica.isCompleteAsOf(moment))) {
			this.recorder.seenSomething(session);
		}
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

	/**
	 * Record that a statement outside a transaction may have written.
	 * @param connection the connection to the primary that it ran on
	 */
	void committedByItself(Connection connection) {
		try {
			WalPosition position = PositionedCommit.position(connection, this.settings.positions());
			if (!connection.getAutoCommit()) {
				connection.rollback();
			}
			this.recorder.committed(position);
		}
		catch (SQLException ex) {
			this.recorder.committedSomewhere(ex);
		}
	}

	/**
	 * Where a transaction runs, and the connection to it.
	 *
	 * @param decision the decision
	 * @param connection the connection
	 */
	record Routed(Decision decision, ServerConnection connection) {

	}

	/**
	 * What is to run on one server.
	 *
	 * @param transaction what the first statement runs in
	 * @param isolation the isolation level, {@code null} for the server's default
	 * @param statement what the first statement may do
	 * @param staysOnPrimary whether something that came before on the same connection
	 * keeps it on the primary
	 * @param failed the names of the replicas on which it has failed, or that had better
	 * not serve it
	 */
	record Unit(TransactionKind transaction, @Nullable Integer isolation, StatementKind statement,
			boolean staysOnPrimary, Set<String> failed) {

		Unit without(Set<String> replicas) {
			Set<String> all = new HashSet<>(this.failed);
			all.addAll(replicas);
			return new Unit(this.transaction, this.isolation, this.statement, this.staysOnPrimary, Set.copyOf(all));
		}

	}

}
