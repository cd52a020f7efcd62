package dev.tidemark.routing;

import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Struct;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;

import dev.tidemark.routing.ConnectionFacts.Learned;
import dev.tidemark.routing.ConnectionSettings.Setting;
import org.jspecify.annotations.Nullable;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * A connection that takes a server's connection at the first statement of each
 * transaction, and keeps it until a transaction needs another server. Like every JDBC
 * connection it is for one thread at a time.
 */
final class LogicalConnection implements Connection {

	private static final Set<Integer> ISOLATION_LEVELS = Set.of(TRANSACTION_READ_UNCOMMITTED,
			TRANSACTION_READ_COMMITTED, TRANSACTION_REPEATABLE_READ, TRANSACTION_SERIALIZABLE);

	/**
	 * What may end a transaction by its text, other than with a rollback.
	 */
	private static final Set<String> COMMITS = Set.of("commit", "end", "prepare");

	private final RoutingEngine engine;

	private final TransactionEnds ends;

	private final ConnectionSettings settings = new ConnectionSettings();

	private final HeldConnections held = new HeldConnections();

	private boolean autoCommit;

	private boolean readOnly;

	private @Nullable Decision decision;

	private Decision outsideTransaction = Decision.primary(Reason.NO_TRANSACTION);

	private boolean mayHaveWritten;

	/**
	 * Whether nothing has been asked of the server yet in the current transaction, so
	 * that it can begin anew elsewhere.
	 */
	private boolean untouched = true;

	private final ReadRepetition repetition;

	private boolean staysOnPrimary;

	private boolean unwrapped;

	private boolean closed;

	LogicalConnection(RoutingEngine engine) {
		this.engine = engine;
		this.ends = engine.ends();
		this.repetition = new ReadRepetition(engine);
		this.autoCommit = engine.facts().autoCommit();
		this.readOnly = engine.facts().readOnly();
	}

	// Which server

	/**
	 * Return the server's connection for the next statement; decide which if this is the
	 * transaction's first.
	 * @param kind what the statement may do
	 * @param sql its text, for messages
	 * @param owner the connection that the statement was prepared on, {@code null} if it
	 * was not prepared yet
	 */
	ServerConnection enter(StatementKind kind, String sql, @Nullable ServerConnection owner) throws SQLException {
		return enter(kind, sql, owner, !this.autoCommit);
	}

	private ServerConnection enter(StatementKind kind, String sql, @Nullable ServerConnection owner,
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

	private ServerConnection begin(StatementKind kind, @Nullable ServerConnection owner, boolean isAnnounced)
			throws SQLException {
		ServerConnection before = this.held.current();
		Routed routed = route(kind, owner, isAnnounced);
		ServerConnection now = routed.connection();
		if (now == before) {
			this.settings.applyPending(now);
		}
		else if (!isSetUp(now)) {
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
	 * Return whether a connection that was just taken could be set up. One that was lost
	 * since is left: nothing has run on it.
	 */
	private boolean isSetUp(ServerConnection taken) throws SQLException {
		try {
			this.settings.applyAll(taken);
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
	 * A transaction that was begun by a statement stays where it is, and so does what was
	 * prepared on the primary before.
	 */
	private Routed route(StatementKind kind, @Nullable ServerConnection owner, boolean isAnnounced)
			throws SQLException {
		ServerConnection current = this.held.current();
		if (current != null && current.isInTransaction()) {
			return new Routed(Decision.primary(Reason.NO_TRANSACTION), current);
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

	StatementKind kind(@Nullable String sql) {
		return this.engine.kind(sql);
	}

	/**
	 * Return whether a statement that is prepared now may run on another server at each
	 * execution.
	 */
	boolean mayMove(StatementKind kind) {
		return this.autoCommit && kind.isQuery() && this.engine.mayReadReplicasOutsideTransactions();
	}

	/**
	 * Return whether the application has closed this connection.
	 */
	boolean isGivenBack() {
		return this.closed;
	}

	boolean isAutoCommit() {
		return this.autoCommit;
	}

	boolean holds(@Nullable ServerConnection server) {
		return this.held.holds(server);
	}

	/**
	 * Return whether a statement that is prepared now may have to be executed on another
	 * server too.
	 */
	boolean mayRepeat(StatementKind kind) {
		return !this.autoCommit && this.readOnly && kind.isQuery();
	}

	/**
	 * Run a statement. A read that fails on a replica, and would not elsewhere, is run
	 * again: only the first of a transaction, or one outside, so that nothing was handed
	 * out yet. So is the first of a read-only transaction that loses the primary.
	 */
	<S extends Statement, T extends @Nullable Object> T execute(StatementKind kind, String sql,
			LogicalStatement<S> statement, SqlCall<S, T> call) throws SQLException {
		try {
			while (true) {
				ServerConnection now = enter(kind, sql, statement.owner(), true);
				S physical = statement.on(now);
				boolean wasInTransaction = now.isInTransaction();
				if (this.autoCommit && !wasInTransaction) {
					this.engine.announce(this.outsideTransaction);
				}
				boolean repeatable = kind.isQuery() && statement.isRepeatable() && (now.isPrimary()
						? isReadOnlyTransaction() && this.untouched : this.autoCommit || this.untouched);
				this.untouched = false;
				try {
					return call.apply(physical);
				}
				catch (PSQLException ex) {
					if (!repeatable || !leave(now, ex)) {
						throw this.autoCommit ? outsideTransaction(kind, now, ex) : ex;
					}
				}
				finally {
					if (!isRolledBack(now, wasInTransaction, sql)) {
						ran(kind, now, wasInTransaction);
					}
				}
			}
		}
		finally {
			this.repetition.forget();
		}
	}

	/**
	 * Return whether the connection was lost by the first statement of a transaction: the
	 * server rolls it back, unless the text ends it too.
	 */
	private boolean isRolledBack(ServerConnection now, boolean wasInTransaction, String sql) throws SQLException {
		return !this.autoCommit && !wasInTransaction && now.isLost() && !SqlWords.isAnyStatementOf(sql, COMMITS);
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

	private static SQLException outsideTransaction(StatementKind kind, ServerConnection server, PSQLException ex) {
		if (!server.isPrimary()) {
			return ReplicaRefusal.ofUnknownWrite(ex);
		}
		return kind.needsPrimary() ? CommitOutcome.ofStatement(ex) : ex;
	}

	/**
	 * Change rows through a result set.
	 */
	void modify(ServerConnection server, SqlRunnable action) throws SQLException {
		checkOpen();
		checkHeld(server, "This result set");
		boolean wasInTransaction = server.isInTransaction();
		try {
			action.run();
		}
		finally {
			ran(StatementKind.NEEDS_PRIMARY, server, wasInTransaction);
		}
	}

	/**
	 * A transaction may have been begun or ended by the statement itself.
	 */
	private void ran(StatementKind kind, ServerConnection now, boolean wasInTransaction) {
		this.staysOnPrimary |= kind == StatementKind.CHANGES_SESSION;
		this.mayHaveWritten |= kind.needsPrimary();
		if (now.isInTransaction()) {
			return;
		}
		this.decision = null;
		if (now.isPrimary() && ((this.autoCommit ? kind.mayWrite() : kind.needsPrimary())
				|| (wasInTransaction && !isReadOnlyTransaction()))) {
			this.ends.committedByItself(now.connection());
		}
		else if (now.isPrimary() && this.autoCommit && kind.isQuery()) {
			this.ends.readPrimaryOutsideTransaction();
		}
	}

	private boolean isReadOnlyTransaction() {
		return this.readOnly && !this.autoCommit;
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

	private ServerConnection current() throws SQLException {
		ServerConnection current = this.held.current();
		if (current == null) {
			throw new PSQLException("The connection was lost", PSQLState.CONNECTION_DOES_NOT_EXIST);
		}
		return current;
	}

	/**
	 * Return the server's connection for a question that is no statement of the
	 * application.
	 */
	ServerConnection enter() throws SQLException {
		checkOpen();
		if (!this.autoCommit) {
			ServerConnection entered = enter(StatementKind.TRANSACTION_LOCAL, "", null);
			this.untouched = false;
			return entered;
		}
		ServerConnection current = this.held.current();
		if (current == null) {
			current = this.engine.takeForQuestion(this.held);
			this.settings.applyAll(current);
		}
		else {
			this.settings.applyPending(current);
		}
		return current;
	}

	private <T extends @Nullable Object> T ask(SqlCall<Connection, T> call) throws SQLException {
		return call.apply(enter().connection());
	}

	// Transactions

	@Override
	public void commit() throws SQLException {
		checkOpen();
		if (this.autoCommit) {
			throw outsideTransaction("Cannot commit when autoCommit is enabled.");
		}
		commitTransaction();
	}

	private void commitTransaction() throws SQLException {
		Decision ended = this.decision;
		this.decision = null;
		if (ended == null) {
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
		catch (PSQLException ex) {
			if (!leave(server, ex)) {
				throw ex;
			}
			this.repetition.forget();
		}
		readEnded(ended);
	}

	@Override
	public void rollback() throws SQLException {
		checkOpen();
		if (this.autoCommit) {
			throw outsideTransaction("Cannot rollback when autoCommit is enabled.");
		}
		Decision ended = this.decision;
		this.decision = null;
		this.settings.transactionEnded(false);
		ServerConnection current = this.held.current();
		if (current != null) {
			current.connection().rollback();
		}
		readEnded(ended);
	}

	private void readEnded(@Nullable Decision ended) {
		if (ended != null) {
			this.ends.readEnded(ended);
		}
	}

	@Override
	public void setAutoCommit(boolean autoCommit) throws SQLException {
		checkOpen();
		if (this.autoCommit == autoCommit) {
			return;
		}
		if (autoCommit) {
			commitTransaction();
		}
		this.autoCommit = autoCommit;
		this.settings.record(
				Setting.resetByPool("autoCommit", autoCommit, (connection) -> connection.setAutoCommit(autoCommit)));
	}

	@Override
	public boolean getAutoCommit() throws SQLException {
		checkOpen();
		return this.autoCommit;
	}

	@Override
	public Savepoint setSavepoint() throws SQLException {
		checkSavepoint();
		return ask(Connection::setSavepoint);
	}

	@Override
	public Savepoint setSavepoint(String name) throws SQLException {
		checkSavepoint();
		return ask((connection) -> connection.setSavepoint(name));
	}

	private void checkSavepoint() throws SQLException {
		checkOpen();
		if (this.autoCommit) {
			throw outsideTransaction("Cannot establish a savepoint in auto-commit mode.");
		}
	}

	private static SQLException outsideTransaction(String message) {
		return new PSQLException(message, PSQLState.NO_ACTIVE_SQL_TRANSACTION);
	}

	@Override
	public void rollback(Savepoint savepoint) throws SQLException {
		enter().connection().rollback(savepoint);
	}

	@Override
	public void releaseSavepoint(Savepoint savepoint) throws SQLException {
		enter().connection().releaseSavepoint(savepoint);
	}

	// Settings

	/**
	 * Inside a transaction a setting goes to the server at once, so that it fails as it
	 * would on the server's own connection.
	 */
	private void set(Setting setting) throws SQLException {
		checkOpen();
		ServerConnection current = this.held.current();
		if (current != null && (this.decision != null || current.isInTransaction())) {
			this.settings.recordInTransaction(setting, current);
		}
		else if (this.autoCommit) {
			this.settings.record(setting);
		}
		else {
			this.settings.recordForTransaction(setting);
		}
	}

	/**
	 * Return what was set, else what a server's connection says if one is held, else what
	 * is known of connections.
	 */
	@SuppressWarnings({ "unchecked", "NullAway" })
	private <T extends @Nullable Object> T get(String setting, SqlCall<Connection, T> call, Function<Learned, T> known)
			throws SQLException {
		checkOpen();
		Setting set = this.settings.get(setting);
		if (set != null) {
			return (T) set.value();
		}
		Learned learned = this.engine.facts().learned();
		return (this.held.current() == null && this.decision == null && learned != null) ? known.apply(learned)
				: ask(call);
	}

	@Override
	public void setReadOnly(boolean readOnly) throws SQLException {
		set(Setting.resetByPool("readOnly", readOnly, (connection) -> connection.setReadOnly(readOnly)));
		this.readOnly = readOnly;
	}

	@Override
	public boolean isReadOnly() throws SQLException {
		checkOpen();
		return this.readOnly;
	}

	@Override
	public void setTransactionIsolation(int level) throws SQLException {
		checkOpen();
		if (this.decision == null && !ISOLATION_LEVELS.contains(level)) {
			throw new PSQLException("Transaction isolation level " + level + " not supported.",
					PSQLState.NOT_IMPLEMENTED);
		}
		set(Setting.resetByPool("isolation", level, (connection) -> connection.setTransactionIsolation(level)));
	}

	@Override
	public int getTransactionIsolation() throws SQLException {
		return this.<Integer>get("isolation", Connection::getTransactionIsolation, Learned::isolation);
	}

	@Override
	public void setCatalog(String catalog) throws SQLException {
		set(Setting.resetByPool("catalog", catalog, (connection) -> connection.setCatalog(catalog)));
	}

	@Override
	public @Nullable String getCatalog() throws SQLException {
		return this.<@Nullable String>get("catalog", Connection::getCatalog, Learned::catalog);
	}

	@Override
	public void setSchema(String schema) throws SQLException {
		set(new Setting("schema", schema, (connection) -> connection.setSchema(schema), SearchPath::capture, false));
	}

	@Override
	public @Nullable String getSchema() throws SQLException {
		return ask(Connection::getSchema);
	}

	@Override
	public void setHoldability(int holdability) throws SQLException {
		checkOpen();
		if (holdability != ResultSet.HOLD_CURSORS_OVER_COMMIT && holdability != ResultSet.CLOSE_CURSORS_AT_COMMIT) {
			throw new PSQLException("Unknown ResultSet holdability setting: " + holdability + ".",
					PSQLState.INVALID_PARAMETER_VALUE);
		}
		set(new Setting("holdability", holdability, (connection) -> connection.setHoldability(holdability),
				LogicalConnection::captureHoldability, true));
	}

	private static SqlAction<Connection> captureHoldability(Connection connection) throws SQLException {
		int before = connection.getHoldability();
		return (restored) -> restored.setHoldability(before);
	}

	@Override
	public int getHoldability() throws SQLException {
		return this.<Integer>get("holdability", Connection::getHoldability,
				(learned) -> ResultSet.CLOSE_CURSORS_AT_COMMIT);
	}

	@Override
	public void setTypeMap(Map<String, Class<?>> map) throws SQLException {
		set(new Setting("typeMap", map, (connection) -> connection.setTypeMap(map), LogicalConnection::captureTypeMap,
				true));
	}

	private static SqlAction<Connection> captureTypeMap(Connection connection) throws SQLException {
		Map<String, Class<?>> before = connection.getTypeMap();
		return (restored) -> restored.setTypeMap(before);
	}

	@Override
	public Map<String, Class<?>> getTypeMap() throws SQLException {
		return this.<Map<String, Class<?>>>get("typeMap", Connection::getTypeMap, (learned) -> new HashMap<>());
	}

	@Override
	public void setNetworkTimeout(@Nullable Executor executor, int milliseconds) throws SQLException {
		checkOpen();
		if (milliseconds < 0) {
			throw new PSQLException("Network timeout must be a value greater than or equal to 0.",
					PSQLState.INVALID_PARAMETER_VALUE);
		}
		set(Setting.resetByPool("networkTimeout", milliseconds,
				(connection) -> connection.setNetworkTimeout(executor, milliseconds)));
	}

	@Override
	public int getNetworkTimeout() throws SQLException {
		return this.<Integer>get("networkTimeout", Connection::getNetworkTimeout, Learned::networkTimeout);
	}

	@Override
	public void setClientInfo(String name, @Nullable String value) throws SQLClientInfoException {
		setClientInfo(new Setting("clientInfo " + name, value, (connection) -> connection.setClientInfo(name, value),
				LogicalConnection::captureClientInfo, false));
	}

	@Override
	public void setClientInfo(Properties properties) throws SQLClientInfoException {
		Objects.requireNonNull(properties, "properties must not be null");
		setClientInfo(new Setting("clientInfo", properties, (connection) -> connection.setClientInfo(properties),
				LogicalConnection::captureClientInfo, false));
	}

	private void setClientInfo(Setting setting) throws SQLClientInfoException {
		try {
			set(setting);
		}
		catch (SQLClientInfoException ex) {
			throw ex;
		}
		catch (SQLException ex) {
			throw new SQLClientInfoException(ex.getMessage(), ex.getSQLState(), Map.of(), ex);
		}
	}

	private static SqlAction<Connection> captureClientInfo(Connection connection) throws SQLException {
		Properties before = new Properties();
		before.putAll(connection.getClientInfo());
		return (restored) -> restored.setClientInfo(before);
	}

	@Override
	public @Nullable String getClientInfo(String name) throws SQLException {
		return getClientInfo().getProperty(name);
	}

	@Override
	public Properties getClientInfo() throws SQLException {
		return ask(Connection::getClientInfo);
	}

	// Statements

	@Override
	public Statement createStatement() throws SQLException {
		return create(StatementSettings.plain(), Connection::createStatement);
	}

	@Override
	public Statement createStatement(int type, int concurrency) throws SQLException {
		checkOpen();
		return create(StatementSettings.of(type, concurrency),
				(connection) -> connection.createStatement(type, concurrency));
	}

	@Override
	public Statement createStatement(int type, int concurrency, int holdability) throws SQLException {
		checkOpen();
		return create(StatementSettings.of(type, concurrency, holdability),
				(connection) -> connection.createStatement(type, concurrency, holdability));
	}

	private Statement create(StatementSettings settings, SqlCall<Connection, Statement> create) throws SQLException {
		checkOpen();
		return new LogicalStatement<>(this, settings, create);
	}

	@Override
	public PreparedStatement prepareStatement(String sql) throws SQLException {
		return prepare(sql, StatementSettings.plain(), (connection) -> connection.prepareStatement(sql));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int type, int concurrency) throws SQLException {
		return prepare(sql, StatementSettings.unchecked(type, concurrency),
				(connection) -> connection.prepareStatement(sql, type, concurrency));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int type, int concurrency, int holdability)
			throws SQLException {
		return prepare(sql, StatementSettings.unchecked(type, concurrency),
				(connection) -> connection.prepareStatement(sql, type, concurrency, holdability));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int autoGeneratedKeys) throws SQLException {
		return prepare(sql, StatementSettings.plain(),
				(connection) -> connection.prepareStatement(sql, autoGeneratedKeys));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int[] columnIndexes) throws SQLException {
		return prepare(sql, StatementSettings.plain(), (connection) -> connection.prepareStatement(sql, columnIndexes));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, String[] columnNames) throws SQLException {
		return prepare(sql, StatementSettings.plain(), (connection) -> connection.prepareStatement(sql, columnNames));
	}

	private PreparedStatement prepare(String sql, StatementSettings settings,
			SqlCall<Connection, PreparedStatement> prepare) throws SQLException {
		checkOpen();
		LogicalPreparedStatement<PreparedStatement> statement = new LogicalPreparedStatement<>(this, settings,
				kind(sql), sql, prepare);
		return prepared(statement);
	}

	@Override
	public CallableStatement prepareCall(String sql) throws SQLException {
		return prepareCall(sql, StatementSettings.plain(), (connection) -> connection.prepareCall(sql));
	}

	@Override
	public CallableStatement prepareCall(String sql, int type, int concurrency) throws SQLException {
		return prepareCall(sql, StatementSettings.unchecked(type, concurrency),
				(connection) -> connection.prepareCall(sql, type, concurrency));
	}

	@Override
	public CallableStatement prepareCall(String sql, int type, int concurrency, int holdability) throws SQLException {
		return prepareCall(sql, StatementSettings.unchecked(type, concurrency),
				(connection) -> connection.prepareCall(sql, type, concurrency, holdability));
	}

	private CallableStatement prepareCall(String sql, StatementSettings settings,
			SqlCall<Connection, CallableStatement> prepare) throws SQLException {
		checkOpen();
		LogicalCallableStatement statement = new LogicalCallableStatement(this, settings, kind(sql), sql, prepare);
		return prepared(statement);
	}

	/**
	 * What failed meanwhile says nothing of the read that comes later.
	 */
	private <S extends LogicalPreparedStatement<?>> S prepared(S statement) throws SQLException {
		try {
			statement.prepare();
			return statement;
		}
		finally {
			this.repetition.forget();
		}
	}

	// What needs a server

	@Override
	public String nativeSQL(String sql) throws SQLException {
		return ask((connection) -> connection.nativeSQL(sql));
	}

	@Override
	public DatabaseMetaData getMetaData() throws SQLException {
		checkOpen();
		Learned learned = this.engine.facts().learned();
		return LogicalMetaData.of(this, (learned != null) ? learned.metaData() : Map.of());
	}

	@Override
	public Clob createClob() throws SQLException {
		return ask(Connection::createClob);
	}

	@Override
	public Blob createBlob() throws SQLException {
		return ask(Connection::createBlob);
	}

	@Override
	public NClob createNClob() throws SQLException {
		return ask(Connection::createNClob);
	}

	@Override
	public SQLXML createSQLXML() throws SQLException {
		return ask(Connection::createSQLXML);
	}

	@Override
	public Array createArrayOf(String typeName, Object[] elements) throws SQLException {
		return ask((connection) -> connection.createArrayOf(typeName, elements));
	}

	@Override
	public Struct createStruct(String typeName, Object[] attributes) throws SQLException {
		return ask((connection) -> connection.createStruct(typeName, attributes));
	}

	@Override
	public boolean isValid(int timeout) throws SQLException {
		return !isClosed() && ask((connection) -> connection.isValid(timeout));
	}

	@Override
	public @Nullable SQLWarning getWarnings() throws SQLException {
		checkOpen();
		ServerConnection current = this.held.current();
		return (current != null) ? current.connection().getWarnings() : null;
	}

	@Override
	public void clearWarnings() throws SQLException {
		checkOpen();
		ServerConnection current = this.held.current();
		if (current != null) {
			current.connection().clearWarnings();
		}
	}

	/**
	 * What is done behind an unwrapped connection is not seen here, so it goes to the
	 * primary, and this connection stays there.
	 */
	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		if (type.isInstance(this)) {
			return type.cast(this);
		}
		DistributedTransactions.refuse(type);
		T found = enter(StatementKind.CHANGES_SESSION, "unwrap(" + type.getName() + ")", null).connection()
			.unwrap(type);
		this.staysOnPrimary = true;
		this.unwrapped = true;
		return found;
	}

	@Override
	public boolean isWrapperFor(Class<?> type) throws SQLException {
		checkOpen();
		return type.isInstance(this) || type.isAssignableFrom(PgConnection.class);
	}

	// The end

	@Override
	public void close() throws SQLException {
		if (this.closed) {
			return;
		}
		this.closed = true;
		Decision ended = this.decision;
		this.decision = null;
		ServerConnection current = this.held.current();
		if (this.unwrapped && this.autoCommit && current != null && current.isPrimary()) {
			this.ends.committedByItself(current.connection());
		}
		this.held.releaseAll();
		readEnded(ended);
	}

	@Override
	public boolean isClosed() throws SQLException {
		ServerConnection current = this.held.current();
		return this.closed || (current != null && current.connection().isClosed());
	}

	@Override
	public void abort(Executor executor) throws SQLException {
		ServerConnection current = this.held.current();
		if (current != null) {
			current.connection().abort(executor);
		}
		else {
			this.closed = true;
		}
	}

	private void checkOpen() throws SQLException {
		if (isClosed()) {
			throw new SQLException("Connection is closed");
		}
	}

	@Override
	public String toString() {
		return "Tidemark connection, server: " + this.held.current();
	}

}
