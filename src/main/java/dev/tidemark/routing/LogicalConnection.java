package dev.tidemark.routing;

import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Struct;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLState;

/**
 * A connection that takes a server's connection at the first statement of each
 * transaction, and keeps it until a transaction needs another server. Like every JDBC
 * connection it is for one thread at a time.
 */
final class LogicalConnection implements Connection {

	private final RoutingEngine engine;

	private final ConnectionSettings settings = new ConnectionSettings();

	private boolean autoCommit;

	private boolean readOnly;

	private int isolation;

	private @Nullable ServerConnection server;

	private @Nullable Decision decision;

	private boolean unwrapped;

	private boolean closed;

	LogicalConnection(RoutingEngine engine, ConnectionDefaults defaults) {
		this.engine = engine;
		this.autoCommit = defaults.autoCommit();
		this.readOnly = defaults.readOnly();
		this.isolation = defaults.isolation();
	}

	// Which server

	/**
	 * Return the server's connection for the next statement; decide which if this is the
	 * transaction's first.
	 * @param kind what the statement may do
	 * @param owner the connection that the statement was prepared on, {@code null} if it
	 * was not prepared yet
	 */
	ServerConnection enter(StatementKind kind, @Nullable ServerConnection owner) throws SQLException {
		checkOpen();
		if (owner != null && owner != this.server) {
			throw finished();
		}
		Decision current = this.decision;
		if (this.autoCommit || current == null) {
			return begin(kind, owner);
		}
		if (!current.isPrimary()) {
			this.engine.checkOnReplica(current.target(), kind);
		}
		return connected();
	}

	private ServerConnection begin(StatementKind kind, @Nullable ServerConnection owner) throws SQLException {
		ServerConnection before = this.server;
		RoutingEngine.Routed routed;
		if (owner != null && owner.isPrimary()) {
			routed = this.engine.stay(owner);
		}
		else {
			this.server = null;
			routed = this.engine.begin(transactionKind(), this.isolation == TRANSACTION_SERIALIZABLE, kind, before);
		}
		ServerConnection now = routed.connection();
		this.server = now;
		if (now == before) {
			this.settings.applyPending(now.connection());
		}
		else {
			this.settings.applyAll(now.connection());
		}
		this.decision = this.autoCommit ? null : routed.decision();
		if (owner != null && owner != now) {
			throw finished();
		}
		return now;
	}

	private TransactionKind transactionKind() {
		if (this.autoCommit) {
			return TransactionKind.NONE;
		}
		return this.readOnly ? TransactionKind.READ_ONLY : TransactionKind.READ_WRITE;
	}

	private static SQLException finished() {
		return new SQLException(
				"This statement belongs to a transaction that has ended, and the connection now runs "
						+ "on another server. Create statements within the transaction that uses them.",
				PSQLState.OBJECT_NOT_IN_STATE.getState());
	}

	/**
	 * Run a statement.
	 */
	<S extends Statement, T extends @Nullable Object> T execute(StatementKind kind, LogicalStatement<S> statement,
			SqlCall<S, T> call) throws SQLException {
		ServerConnection now = enter(kind, statement.owner());
		S physical = statement.on(now);
		if (!this.autoCommit || kind == StatementKind.READ) {
			return call.apply(physical);
		}
		try {
			return call.apply(physical);
		}
		finally {
			this.engine.committedByItself(now.connection());
		}
	}

	private ServerConnection connected() throws SQLException {
		ServerConnection current = this.server;
		if (current == null) {
			throw new SQLException("The connection was lost", PSQLState.CONNECTION_DOES_NOT_EXIST.getState());
		}
		return current;
	}

	private <T extends @Nullable Object> T ask(SqlCall<Connection, T> call) throws SQLException {
		return call.apply(enter(StatementKind.READ, null).connection());
	}

	// Transactions

	@Override
	public void commit() throws SQLException {
		checkOpen();
		checkNotAutoCommit("commit");
		commitTransaction();
	}

	private void commitTransaction() throws SQLException {
		Decision ended = this.decision;
		ServerConnection current = this.server;
		this.decision = null;
		if (ended == null || current == null) {
			return;
		}
		if (ended.isPrimary() && !this.readOnly) {
			this.engine.commit(current.connection());
		}
		else {
			current.connection().commit();
		}
	}

	@Override
	public void rollback() throws SQLException {
		checkOpen();
		checkNotAutoCommit("rollback");
		this.decision = null;
		if (this.server != null) {
			this.server.connection().rollback();
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
		this.settings.record("autoCommit", (connection) -> connection.setAutoCommit(autoCommit));
	}

	@Override
	public boolean getAutoCommit() throws SQLException {
		checkOpen();
		return this.autoCommit;
	}

	@Override
	public Savepoint setSavepoint() throws SQLException {
		checkNotAutoCommit("set a savepoint");
		return ask(Connection::setSavepoint);
	}

	@Override
	public Savepoint setSavepoint(String name) throws SQLException {
		checkNotAutoCommit("set a savepoint");
		return ask((connection) -> connection.setSavepoint(name));
	}

	@Override
	public void rollback(Savepoint savepoint) throws SQLException {
		checkOpen();
		connected().connection().rollback(savepoint);
	}

	@Override
	public void releaseSavepoint(Savepoint savepoint) throws SQLException {
		checkOpen();
		connected().connection().releaseSavepoint(savepoint);
	}

	private void checkNotAutoCommit(String what) throws SQLException {
		checkOpen();
		if (this.autoCommit) {
			throw new SQLException("Cannot " + what + " when autoCommit is enabled.",
					PSQLState.NO_ACTIVE_SQL_TRANSACTION.getState());
		}
	}

	// Settings

	/**
	 * Inside a transaction a setting goes to the server at once, so that it fails as it
	 * would on the server's own connection.
	 */
	private void set(String name, SqlAction<Connection> action) throws SQLException {
		checkOpen();
		if (this.decision != null) {
			action.apply(connected().connection());
		}
		this.settings.record(name, action);
	}

	@Override
	public void setReadOnly(boolean readOnly) throws SQLException {
		set("readOnly", (connection) -> connection.setReadOnly(readOnly));
		this.readOnly = readOnly;
	}

	@Override
	public boolean isReadOnly() throws SQLException {
		checkOpen();
		return this.readOnly;
	}

	@Override
	public void setTransactionIsolation(int level) throws SQLException {
		set("isolation", (connection) -> connection.setTransactionIsolation(level));
		this.isolation = level;
	}

	@Override
	public int getTransactionIsolation() throws SQLException {
		checkOpen();
		return this.isolation;
	}

	@Override
	public void setCatalog(String catalog) throws SQLException {
		set("catalog", (connection) -> connection.setCatalog(catalog));
	}

	@Override
	public @Nullable String getCatalog() throws SQLException {
		return ask(Connection::getCatalog);
	}

	@Override
	public void setSchema(String schema) throws SQLException {
		set("schema", (connection) -> connection.setSchema(schema));
	}

	@Override
	public @Nullable String getSchema() throws SQLException {
		return ask(Connection::getSchema);
	}

	@Override
	public void setHoldability(int holdability) throws SQLException {
		set("holdability", (connection) -> connection.setHoldability(holdability));
	}

	@Override
	public int getHoldability() throws SQLException {
		return ask(Connection::getHoldability);
	}

	@Override
	public void setTypeMap(Map<String, Class<?>> map) throws SQLException {
		set("typeMap", (connection) -> connection.setTypeMap(map));
	}

	@Override
	public Map<String, Class<?>> getTypeMap() throws SQLException {
		return ask(Connection::getTypeMap);
	}

	@Override
	public void setNetworkTimeout(@Nullable Executor executor, int milliseconds) throws SQLException {
		set("networkTimeout", (connection) -> connection.setNetworkTimeout(executor, milliseconds));
	}

	@Override
	public int getNetworkTimeout() throws SQLException {
		return ask(Connection::getNetworkTimeout);
	}

	@Override
	public void setClientInfo(String name, @Nullable String value) throws SQLClientInfoException {
		setClientInfo("clientInfo " + name, (connection) -> connection.setClientInfo(name, value));
	}

	@Override
	public void setClientInfo(Properties properties) throws SQLClientInfoException {
		setClientInfo("clientInfo", (connection) -> connection.setClientInfo(properties));
	}

	private void setClientInfo(String name, SqlAction<Connection> action) throws SQLClientInfoException {
		try {
			set(name, action);
		}
		catch (SQLClientInfoException ex) {
			throw ex;
		}
		catch (SQLException ex) {
			throw new SQLClientInfoException(ex.getMessage(), ex.getSQLState(), Map.of(), ex);
		}
	}

	@Override
	public @Nullable String getClientInfo(String name) throws SQLException {
		return ask((connection) -> connection.getClientInfo(name));
	}

	@Override
	public Properties getClientInfo() throws SQLException {
		return ask(Connection::getClientInfo);
	}

	// Statements

	@Override
	public Statement createStatement() throws SQLException {
		checkOpen();
		return new LogicalStatement<>(this, Connection::createStatement);
	}

	@Override
	public Statement createStatement(int type, int concurrency) throws SQLException {
		checkOpen();
		return new LogicalStatement<>(this, (connection) -> connection.createStatement(type, concurrency));
	}

	@Override
	public Statement createStatement(int type, int concurrency, int holdability) throws SQLException {
		checkOpen();
		return new LogicalStatement<>(this, (connection) -> connection.createStatement(type, concurrency, holdability));
	}

	@Override
	public PreparedStatement prepareStatement(String sql) throws SQLException {
		return prepare(sql, (connection) -> connection.prepareStatement(sql));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int type, int concurrency) throws SQLException {
		return prepare(sql, (connection) -> connection.prepareStatement(sql, type, concurrency));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int type, int concurrency, int holdability)
			throws SQLException {
		return prepare(sql, (connection) -> connection.prepareStatement(sql, type, concurrency, holdability));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int autoGeneratedKeys) throws SQLException {
		return prepare(sql, (connection) -> connection.prepareStatement(sql, autoGeneratedKeys));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, int[] columnIndexes) throws SQLException {
		return prepare(sql, (connection) -> connection.prepareStatement(sql, columnIndexes));
	}

	@Override
	public PreparedStatement prepareStatement(String sql, String[] columnNames) throws SQLException {
		return prepare(sql, (connection) -> connection.prepareStatement(sql, columnNames));
	}

	private PreparedStatement prepare(String sql, SqlCall<Connection, PreparedStatement> prepare) throws SQLException {
		StatementKind kind = StatementKind.of(sql);
		LogicalPreparedStatement<PreparedStatement> statement = new LogicalPreparedStatement<>(this, kind, prepare);
		statement.prepare();
		return statement;
	}

	@Override
	public CallableStatement prepareCall(String sql) throws SQLException {
		return prepareCall(sql, (connection) -> connection.prepareCall(sql));
	}

	@Override
	public CallableStatement prepareCall(String sql, int type, int concurrency) throws SQLException {
		return prepareCall(sql, (connection) -> connection.prepareCall(sql, type, concurrency));
	}

	@Override
	public CallableStatement prepareCall(String sql, int type, int concurrency, int holdability) throws SQLException {
		return prepareCall(sql, (connection) -> connection.prepareCall(sql, type, concurrency, holdability));
	}

	private CallableStatement prepareCall(String sql, SqlCall<Connection, CallableStatement> prepare)
			throws SQLException {
		LogicalCallableStatement statement = new LogicalCallableStatement(this, StatementKind.of(sql), prepare);
		statement.prepare();
		return statement;
	}

	// What needs a server

	@Override
	public String nativeSQL(String sql) throws SQLException {
		return ask((connection) -> connection.nativeSQL(sql));
	}

	@Override
	public DatabaseMetaData getMetaData() throws SQLException {
		return ask(Connection::getMetaData);
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
		return !this.closed && ask((connection) -> connection.isValid(timeout));
	}

	@Override
	public @Nullable SQLWarning getWarnings() throws SQLException {
		checkOpen();
		return (this.server != null) ? this.server.connection().getWarnings() : null;
	}

	@Override
	public void clearWarnings() throws SQLException {
		checkOpen();
		if (this.server != null) {
			this.server.connection().clearWarnings();
		}
	}

	/**
	 * What is done behind an unwrapped connection is not seen here, so it goes to the
	 * primary.
	 */
	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		if (type.isInstance(this)) {
			return type.cast(this);
		}
		this.unwrapped = true;
		return enter(StatementKind.NEEDS_PRIMARY, null).connection().unwrap(type);
	}

	@Override
	public boolean isWrapperFor(Class<?> type) throws SQLException {
		return type.isInstance(this) || ask((connection) -> connection.isWrapperFor(type));
	}

	// The end

	@Override
	public void close() throws SQLException {
		if (this.closed) {
			return;
		}
		this.closed = true;
		ServerConnection current = this.server;
		this.server = null;
		if (current != null) {
			if (this.unwrapped && this.autoCommit && current.isPrimary()) {
				this.engine.committedByItself(current.connection());
			}
			current.release();
		}
	}

	@Override
	public boolean isClosed() throws SQLException {
		return this.closed || (this.server != null && this.server.connection().isClosed());
	}

	@Override
	public void abort(Executor executor) throws SQLException {
		this.closed = true;
		if (this.server != null) {
			this.server.abort(executor);
		}
	}

	private void checkOpen() throws SQLException {
		if (this.closed) {
			throw new SQLException("Connection is closed", PSQLState.CONNECTION_DOES_NOT_EXIST.getState());
		}
	}

	@Override
	public String toString() {
		return "Tidemark connection " + ((this.server != null) ? "on " + this.server.connection() : "without a server");
	}

}
