package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.Executor;

import dev.tidemark.routing.ConnectionSettings.Setting;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * The transaction that a logical connection is in: begins at its first statement, on a
 * server that is chosen then, and ends with commit, rollback, or the statement itself in
 * auto-commit mode. One object for all transactions of a connection, one after the other.
 * Not thread-safe.
 */
final class CurrentTransaction {

	/**
	 * What may end a transaction by its text, other than with a rollback.
	 */
	private static final Set<String> COMMITS = Set.of("commit", "end", "prepare");

	/**
	 * The settings that decide where a transaction runs.
	 */
	private static final Set<String> DECISIVE = Set.of("readOnly", "isolation");

	private final RoutingEngine engine;

	private final TransactionEnds ends;

	private final ConnectionSettings settings = new ConnectionSettings();

	private final HeldConnections held = new HeldConnections();

	private final ReadRepetition repetition;

	private boolean autoCommit;

	private boolean readOnly;

	/**
	 * Where the transaction runs, {@code null} if it has not begun.
	 */
	private @Nullable Decision decision;

	private Decision outsideTransaction = Decision.primary(Reason.NO_TRANSACTION);

	private boolean mayHaveWritten;

	/**
	 * Whether nothing has been asked of the server yet in the current transaction, so
	 * that it can begin anew elsewhere.
	 */
	private boolean untouched = true;

	private boolean staysOnPrimary;

	private boolean unwrapped;

	private boolean closed;

	CurrentTransaction(RoutingEngine engine) {
		this.engine = engine;
		this.ends = engine.ends();
		this.repetition = new ReadRepetition(engine::readLostPrimary, engine::readFailed);
		this.autoCommit = engine.facts().autoCommit();
		this.readOnly = engine.facts().readOnly();
	}

	boolean isAutoCommit() {
		return this.autoCommit;
	}

	boolean isReadOnly() {
		return this.readOnly;
	}

	boolean hasBegun() {
		return this.decision != null;
	}

	/**
	 * Return the server's connection that is held now, {@code null} if none is.
	 */
	@Nullable ServerConnection server() {
		return this.held.current();
	}

	boolean holds(@Nullable ServerConnection server) {
		return this.held.holds(server);
	}

	/**
	 * Check that something belongs to a server's connection that is still held.
	 */
	void checkHeld(@Nullable ServerConnection server, String what) throws SQLException {
		if (!this.held.holds(server)) {
			throw new PSQLException(
					what + " belongs to a transaction that has ended, and the connection has left its server. "
							+ "Use it within its transaction.",
					PSQLState.OBJECT_NOT_IN_STATE);
		}
	}

	/**
	 * Check that transactions do not end with their statements.
	 * @param message says what can't be done otherwise
	 */
	void checkNotAutoCommit(String message) throws SQLException {
		checkOpen();
		if (this.autoCommit) {
			throw new PSQLException(message, PSQLState.NO_ACTIVE_SQL_TRANSACTION);
		}
	}

	/**
	 * Return whether a statement that is prepared now may run on another server at each
	 * execution.
	 */
	boolean mayMove(StatementKind kind) {
		return this.autoCommit && kind.isQuery() && this.engine.mayReadReplicasOutsideTransactions();
	}

	/**
	 * Return whether a statement that is prepared now may have to be executed on another
	 * server too.
	 */
	boolean mayRepeat(StatementKind kind) {
		return isReadOnlyTransaction() && kind.isQuery();
	}

	private boolean isReadOnlyTransaction() {
		return this.readOnly && !this.autoCommit;
	}

	// The beginning

	/**
	 * Return the server's connection for the next statement; decide which if this is the
	 * transaction's first.
	 * @param kind what the statement may do
	 * @param sql its text, for messages
	 * @param owner the connection that the statement was prepared on, {@code null} if it
	 * was not prepared yet
	 */
	ServerConnection serverFor(StatementKind kind, String sql, @Nullable ServerConnection owner) throws SQLException {
		try {
			return serverFor(kind, sql, owner, !this.autoCommit);
		}
		finally {
			// What failed says nothing of the read that comes later.
			this.repetition.forget();
		}
	}

	private ServerConnection serverFor(StatementKind kind, String sql, @Nullable ServerConnection owner,
			boolean isAnnounced) throws SQLException {
		checkOpen();
		Decision current = this.decision;
		if (current == null) {
			return begin(kind, owner, isAnnounced);
		}
		if (!current.isPrimary()) {
			this.engine.checkOnReplica(current.target(), kind, sql);
		}
		return current();
	}

	/**
	 * Return the server's connection for a question that is no statement of the
	 * application.
	 */
	ServerConnection serverForQuestion() throws SQLException {
		checkOpen();
		if (!this.autoCommit) {
			ServerConnection begun = serverFor(StatementKind.TRANSACTION_LOCAL, "", null);
			this.untouched = false;
			return begun;
		}
		ServerConnection current = this.held.current();
		if (current == null) {
			return takeForQuestion();
		}
		this.settings.applyTo(current);
		return current;
	}

	private ServerConnection takeForQuestion() throws SQLException {
		try {
			ServerConnection taken;
			do {
				taken = this.engine.takeForQuestion(this.held, this.repetition.failed());
			}
			while (!trySetUp(taken));
			return taken;
		}
		finally {
			this.repetition.forget();
		}
	}

	private ServerConnection begin(StatementKind kind, @Nullable ServerConnection owner, boolean isAnnounced)
			throws SQLException {
		ServerConnection before = this.held.current();
		Routed routed = route(kind, owner, isAnnounced);
		ServerConnection now = routed.connection();
		if (now == before) {
			this.settings.applyTo(now);
		}
		else if (!trySetUp(now)) {
			return begin(kind, owner, isAnnounced);
		}
		if (this.autoCommit) {
			this.outsideTransaction = routed.decision();
		}
		else {
			this.decision = routed.decision();
			this.mayHaveWritten = false;
			this.untouched = true;
			this.engine.announce(routed.decision());
		}
		return now;
	}

	/**
	 * A transaction that was begun by a statement stays where it is, and so does what was
	 * prepared on the primary before. On a replica only the driver begins one by itself,
	 * to ask for the columns of a result.
	 */
	private Routed route(StatementKind kind, @Nullable ServerConnection owner, boolean isAnnounced)
			throws SQLException {
		ServerConnection current = this.held.current();
		if (current != null && current.isInTransaction()) {
			if (current.isPrimary()) {
				return new Routed(Decision.primary(Reason.NO_TRANSACTION), current);
			}
			current.connection().commit();
		}
		boolean preparedOnPrimary = owner != null && owner.isPrimary() && this.held.holds(owner) && !mayMove(kind);
		UnitOfWork unit = new UnitOfWork(transactionKind(), (Integer) this.settings.value("isolation"), kind,
				this.staysOnPrimary || preparedOnPrimary, this.repetition.failed());
		return isAnnounced ? this.engine.beginObserved(unit, this.held) : this.engine.begin(unit, this.held);
	}

	private TransactionKind transactionKind() {
		if (this.autoCommit) {
			return TransactionKind.NONE;
		}
		return this.readOnly ? TransactionKind.READ_ONLY : TransactionKind.READ_WRITE;
	}

	/**
	 * Make the settings on a connection that was just taken.
	 * @return {@code false} if it was lost since, and left: nothing has run on it
	 */
	private boolean trySetUp(ServerConnection taken) throws SQLException {
		try {
			this.settings.applyTo(taken);
			return true;
		}
		catch (PSQLException ex) {
			if (!leave(taken, ex)) {
				throw ex;
			}
			return false;
		}
	}

	/**
	 * Leave a server on which a read has failed.
	 * @return {@code false} if the read would fail elsewhere too
	 */
	private boolean leave(ServerConnection server, PSQLException ex) throws SQLException {
		if (!this.repetition.begins(server, ex)) {
			return false;
		}
		this.decision = null;
		this.held.releaseCurrent();
		return true;
	}

	private ServerConnection current() throws SQLException {
		ServerConnection current = this.held.current();
		if (current == null) {
			throw new PSQLException("The connection was lost", PSQLState.CONNECTION_DOES_NOT_EXIST);
		}
		return current;
	}

	// Statements

	/**
	 * Run a statement. A read that fails on a replica, and would not elsewhere, is run
	 * again: only the first of a transaction, or one outside, so that nothing was handed
	 * out yet. So is the first of a read-only transaction that loses the primary.
	 */
	<S extends Statement, T extends @Nullable Object> T execute(StatementKind kind, String sql,
			LogicalStatement<S> statement, SqlCall<S, T> call) throws SQLException {
		try {
			while (true) {
				ServerConnection now = serverFor(kind, sql, statement.owner(), true);
				S physical = statement.on(now);
				boolean wasInTransaction = now.isInTransaction();
				if (this.autoCommit && !wasInTransaction) {
					this.engine.announce(this.outsideTransaction);
				}
				boolean repeatable = kind.isQuery() && statement.isRepeatable() && (now.isPrimary()
						? isReadOnlyTransaction() && this.untouched : this.autoCommit || this.untouched);
				this.untouched = false;
				boolean answered = false;
				boolean left = false;
				try {
					T answer = call.apply(physical);
					answered = true;
					return answer;
				}
				catch (PSQLException ex) {
					left = repeatable && leave(now, ex);
					if (!left) {
						throw this.autoCommit ? failureOutsideTransaction(kind, now, ex) : ex;
					}
				}
				finally {
					if (!isRolledBack(now, wasInTransaction, sql)) {
						ran(kind, now, wasInTransaction, answered);
					}
					if (wasInTransaction && !left) {
						endSettings(now, answered && SqlWords.isAnyStatementOf(sql, COMMITS));
					}
				}
			}
		}
		finally {
			this.repetition.forget();
		}
	}

	private static SQLException failureOutsideTransaction(StatementKind kind, ServerConnection server,
			PSQLException ex) {
		if (!server.isPrimary()) {
			return ReplicaRefusal.ofUnknownWrite(ex);
		}
		return kind.needsPrimary() ? CommitOutcome.ofStatement(ex) : ex;
	}

	/**
	 * Return whether the connection was lost by the first statement of a transaction: the
	 * server rolls it back, unless the text ends it too.
	 */
	private boolean isRolledBack(ServerConnection now, boolean wasInTransaction, String sql) throws SQLException {
		return !this.autoCommit && !wasInTransaction && now.isLost() && !SqlWords.isAnyStatementOf(sql, COMMITS);
	}

	/**
	 * A transaction that was ended by a text has undone its settings, unless it was
	 * committed.
	 */
	private void endSettings(ServerConnection server, boolean committed) throws SQLException {
		if (this.settings.changedInTransaction() && !server.isInTransaction()) {
			this.settings.transactionEnded(committed);
		}
	}

	/**
	 * Be ready for what no statement says, but begins a transaction all the same: the
	 * change of a result's row, or the use of a large object. As before a statement,
	 * settings are made first. A transaction runs on one server.
	 * @param server the connection that is used
	 * @param what uses it, for messages
	 */
	void touch(ServerConnection server, String what) throws SQLException {
		checkOpen();
		checkHeld(server, what);
		if (!isUsable(server)) {
			throw new PSQLException(what
					+ " is of a query outside the transaction, and of another server than that of the transaction. "
					+ "Use it before the transaction begins.", PSQLState.OBJECT_NOT_IN_STATE);
		}
		this.settings.applyTo(server);
	}

	/**
	 * Be ready for a question that the driver may ask by itself.
	 */
	void expectQuestion(ServerConnection server) throws SQLException {
		if (mayTouch(server)) {
			this.settings.applyTo(server);
		}
	}

	/**
	 * Return whether the driver may use a server's connection for what began on it.
	 */
	boolean mayTouch(ServerConnection server) throws SQLException {
		return this.held.holds(server) && isUsable(server) && !server.isLost();
	}

	private boolean isUsable(ServerConnection server) {
		return this.autoCommit || server == this.held.current();
	}

	/**
	 * Change rows through a result set.
	 */
	void modify(ServerConnection server, SqlRunnable action) throws SQLException {
		touch(server, LogicalResultSet.WHAT);
		boolean wasInTransaction = server.isInTransaction();
		try {
			action.run();
		}
		finally {
			ran(StatementKind.NEEDS_PRIMARY, server, wasInTransaction, true);
		}
	}

	/**
	 * A transaction may have been begun or ended by the statement itself.
	 */
	private void ran(StatementKind kind, ServerConnection now, boolean wasInTransaction, boolean answered) {
		this.staysOnPrimary |= kind == StatementKind.CHANGES_SESSION;
		this.mayHaveWritten |= kind.needsPrimary();
		if (now.isInTransaction()) {
			return;
		}
		Decision ended = this.decision;
		this.decision = null;
		boolean mayHaveCommitted = kind.needsPrimary()
				|| (!isReadOnlyTransaction() && (wasInTransaction || kind.mayWrite()));
		if (now.isPrimary() && mayHaveCommitted) {
			this.ends.committedByItself(now.connection());
		}
		else if (this.autoCommit && answered) {
			this.ends.readOutsideTransaction(this.outsideTransaction);
		}
		else {
			endedWithoutCommit(ended);
		}
	}

	/**
	 * Hand out a part of a server's connection. What is done behind it is not seen here,
	 * so it goes to the primary, and the logical connection stays there.
	 */
	<T> T unwrap(Class<T> type) throws SQLException {
		T found = serverFor(StatementKind.CHANGES_SESSION, "unwrap(" + type.getName() + ")", null).connection()
			.unwrap(type);
		this.staysOnPrimary = true;
		this.unwrapped = true;
		return found;
	}

	/**
	 * Take note that the driver's own statement, or result, is handed out.
	 */
	void handedOut() throws SQLException {
		this.unwrapped = true;
		showToDriver();
	}

	// Savepoints

	Savepoint setSavepoint(SqlCall<Connection, Savepoint> call) throws SQLException {
		Savepoint savepoint = call.apply(serverForQuestion().connection());
		this.settings.savepointSet(savepoint);
		return savepoint;
	}

	void releaseSavepoint(Savepoint savepoint) throws SQLException {
		serverForQuestion().connection().releaseSavepoint(savepoint);
		this.settings.savepointReleased(savepoint);
	}

	void rollback(Savepoint savepoint) throws SQLException {
		ServerConnection server = serverForQuestion();
		server.connection().rollback(savepoint);
		this.settings.rolledBackTo(savepoint, server);
	}

	// The end

	void commit() throws SQLException {
		checkNotAutoCommit("Cannot commit when autoCommit is enabled.");
		end();
	}

	private void end() throws SQLException {
		Decision ended = beginning();
		this.decision = null;
		if (ended == null) {
			ServerConnection current = this.held.current();
			if (current != null && current.isInTransaction()) {
				current.connection().commit();
			}
			this.settings.transactionEnded(true);
			return;
		}
		boolean committed = false;
		try {
			if (ended.isPrimary() && (!this.readOnly || this.mayHaveWritten)) {
				this.ends.checkStillPrimary(this.held);
				this.ends.commit(current().connection());
			}
			else {
				endRead(ended, current());
			}
			committed = true;
		}
		finally {
			this.settings.transactionEnded(committed);
		}
	}

	/**
	 * Return where the transaction began, {@code null} if it has not. One that was begun
	 * by a text in auto-commit mode, or on the driver's own connection, is on the primary
	 * and may have written.
	 */
	private @Nullable Decision beginning() {
		ServerConnection current = this.held.current();
		if (this.decision == null && current != null && current.isPrimary() && current.isInTransaction()) {
			this.mayHaveWritten = true;
			return Decision.primary(Reason.NO_TRANSACTION);
		}
		return this.decision;
	}

	/**
	 * What was read has been handed out, and there is nothing to be committed: losing the
	 * server now does no harm.
	 */
	private void endRead(Decision ended, ServerConnection server) throws SQLException {
		try {
			if (ended.isPrimary() && this.ends.readsMonotonically()) {
				this.ends.commitRead(server.connection());
				return;
			}
			server.connection().commit();
		}
		catch (SQLException ex) {
			if (!(ex instanceof PSQLException failure) || !leave(server, failure)) {
				endedWithoutCommit(ended);
				throw ex;
			}
			this.repetition.forget();
		}
		this.ends.readEnded(ended);
	}

	void rollback() throws SQLException {
		checkNotAutoCommit("Cannot rollback when autoCommit is enabled.");
		Decision ended = beginning();
		this.decision = null;
		this.settings.transactionEnded(false);
		ServerConnection current = this.held.current();
		try {
			if (current != null) {
				current.connection().rollback();
			}
			showToDriver();
		}
		finally {
			endedWithoutCommit(ended);
		}
	}

	private void endedWithoutCommit(@Nullable Decision ended) {
		if (ended != null) {
			this.ends.endedWithoutCommit(ended);
		}
	}

	// Settings

	void setAutoCommit(boolean autoCommit) throws SQLException {
		checkOpen();
		if (this.autoCommit == autoCommit) {
			return;
		}
		Setting setting = Setting.resetByPool("autoCommit", autoCommit,
				(connection) -> connection.setAutoCommit(autoCommit));
		if (autoCommit) {
			end();
		}
		else {
			committedBehindUnwrap();
		}
		this.settings.record(setting);
		// At once, because not only statements begin transactions: so do changes of a
		// result's row, and large objects. The driver sends nothing.
		this.held.each(setting::apply);
		this.autoCommit = autoCommit;
		if (autoCommit) {
			showToDriver();
		}
	}

	private void committedBehindUnwrap() {
		ServerConnection current = this.held.current();
		if (this.unwrapped && current != null && current.isPrimary()) {
			this.ends.committedByItself(current.connection());
		}
	}

	void setReadOnly(boolean readOnly) throws SQLException {
		set(Setting.resetByPool("readOnly", readOnly, (connection) -> connection.setReadOnly(readOnly)));
		this.readOnly = readOnly;
	}

	/**
	 * Inside a transaction a setting goes to the server at once, so that it fails as it
	 * would on the server's own connection. A server that was only asked something, or
	 * prepared a statement, is not in one yet: it may be decided anew.
	 */
	void set(Setting setting) throws SQLException {
		checkOpen();
		ServerConnection current = this.held.current();
		if (DECISIVE.contains(setting.name()) && current != null && !current.isInTransaction()) {
			this.decision = null;
		}
		if (current != null && (this.decision != null || current.isInTransaction())) {
			this.settings.recordInTransaction(setting, current);
			return;
		}
		if (this.autoCommit) {
			this.settings.record(setting);
		}
		else {
			this.settings.recordForTransaction(setting);
		}
		showToDriver();
	}

	/**
	 * What runs on the driver's own connection does not pass here, where settings are
	 * made before the next statement. In auto-commit mode it may run on a connection that
	 * is not the current one.
	 */
	private void showToDriver() throws SQLException {
		if (this.unwrapped) {
			this.held.each((server) -> {
				if (server.isPrimary() && isUsable(server)) {
					this.settings.applyTo(server);
				}
			});
		}
	}

	/**
	 * Return what was set, {@code null} if nothing was.
	 */
	@Nullable Setting setting(String name) {
		return this.settings.get(name);
	}

	// The end of the connection

	void close() throws SQLException {
		if (this.closed) {
			return;
		}
		this.closed = true;
		ServerConnection current = this.held.current();
		boolean unseen = mayBeCommittedByPool(current);
		Decision ended = this.decision;
		this.decision = null;
		if (this.autoCommit && this.unwrapped) {
			committedBehindUnwrap();
		}
		else if (this.autoCommit && current != null && current.isInTransaction()) {
			this.ends.readOutsideTransaction(this.outsideTransaction);
		}
		try {
			this.held.releaseAll();
		}
		finally {
			if (unseen) {
				this.ends.committedByPool();
			}
			else {
				endedWithoutCommit(ended);
			}
		}
	}

	/**
	 * HikariCP rolls back what has run on its own statements. What else is open ends when
	 * it sets the driver to auto-commit mode, with a commit.
	 */
	private boolean mayBeCommittedByPool(@Nullable ServerConnection current) throws SQLException {
		return !this.autoCommit && this.engine.facts().autoCommit() && (this.unwrapped || this.decision == null)
				&& current != null && current.isPrimary() && current.isInTransaction() && !current.isLost();
	}

	void abort(Executor executor) throws SQLException {
		ServerConnection current = this.held.current();
		if (current != null) {
			current.connection().abort(executor);
		}
		else {
			this.closed = true;
		}
	}

	/**
	 * Return whether the application has closed the connection.
	 */
	boolean isGivenBack() {
		return this.closed;
	}

	boolean isClosed() throws SQLException {
		ServerConnection current = this.held.current();
		return this.closed || (current != null && current.connection().isClosed());
	}

	void checkOpen() throws SQLException {
		if (isClosed()) {
			throw new SQLException("Connection is closed");
		}
	}

}
