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
 * transaction, and keeps it until a transaction needs another server. Answers what needs
 * no server, and leaves the rest to its {@linkplain CurrentTransaction transaction}. Like
 * every JDBC connection it is for one thread at a time.
 */
final class LogicalConnection implements Connection {

	private static final Set<Integer> ISOLATION_LEVELS = Set.of(TRANSACTION_READ_UNCOMMITTED,
			TRANSACTION_READ_COMMITTED, TRANSACTION_REPEATABLE_READ, TRANSACTION_SERIALIZABLE);

	private final RoutingEngine engine;

	private final CurrentTransaction transaction;

	LogicalConnection(RoutingEngine engine) {
		this.engine = engine;
		this.transaction = new CurrentTransaction(engine);
	}

	CurrentTransaction transaction() {
		return this.transaction;
	}

	StatementKind kind(@Nullable String sql) {
		return this.engine.kind(sql);
	}

	private void checkOpen() throws SQLException {
		this.transaction.checkOpen();
	}

	private <T extends @Nullable Object> T ask(SqlCall<Connection, T> call) throws SQLException {
		return call.apply(this.transaction.serverForQuestion().connection());
	}

	// Transactions

	@Override
	public void commit() throws SQLException {
		this.transaction.commit();
	}

	@Override
	public void rollback() throws SQLException {
		this.transaction.rollback();
	}

	@Override
	public void setAutoCommit(boolean autoCommit) throws SQLException {
		this.transaction.setAutoCommit(autoCommit);
	}

	@Override
	public boolean getAutoCommit() throws SQLException {
		checkOpen();
		return this.transaction.isAutoCommit();
	}

	@Override
	public Savepoint setSavepoint() throws SQLException {
		checkSavepoint();
		return this.transaction.setSavepoint(Connection::setSavepoint);
	}

	@Override
	public Savepoint setSavepoint(String name) throws SQLException {
		checkSavepoint();
		return this.transaction.setSavepoint((connection) -> connection.setSavepoint(name));
	}

	private void checkSavepoint() throws SQLException {
		this.transaction.checkNotAutoCommit("Cannot establish a savepoint in auto-commit mode.");
	}

	@Override
	public void rollback(Savepoint savepoint) throws SQLException {
		this.transaction.rollback(savepoint);
	}

	@Override
	public void releaseSavepoint(Savepoint savepoint) throws SQLException {
		this.transaction.releaseSavepoint(savepoint);
	}

	// Settings

	/**
	 * Return what was set, else what a server's connection says if one is held, else what
	 * is known of connections.
	 */
	@SuppressWarnings({ "unchecked", "NullAway" })
	private <T extends @Nullable Object> T get(String setting, SqlCall<Connection, T> call, Function<Learned, T> known)
			throws SQLException {
		checkOpen();
		Setting set = this.transaction.setting(setting);
		if (set != null) {
			return (T) set.value();
		}
		Learned learned = this.engine.facts().learned();
		return (this.transaction.server() == null && learned != null) ? known.apply(learned) : ask(call);
	}

	@Override
	public void setReadOnly(boolean readOnly) throws SQLException {
		this.transaction.setReadOnly(readOnly);
	}

	@Override
	public boolean isReadOnly() throws SQLException {
		checkOpen();
		return this.transaction.isReadOnly();
	}

	@Override
	public void setTransactionIsolation(int level) throws SQLException {
		checkOpen();
		if (!this.transaction.hasBegun() && !ISOLATION_LEVELS.contains(level)) {
			throw new PSQLException("Transaction isolation level " + level + " not supported.",
					PSQLState.NOT_IMPLEMENTED);
		}
		this.transaction
			.set(Setting.resetByPool("isolation", level, (connection) -> connection.setTransactionIsolation(level)));
	}

	@Override
	public int getTransactionIsolation() throws SQLException {
		return this.<Integer>get("isolation", Connection::getTransactionIsolation, Learned::isolation);
	}

	@Override
	public void setCatalog(String catalog) throws SQLException {
		this.transaction.set(Setting.resetByPool("catalog", catalog, (connection) -> connection.setCatalog(catalog)));
	}

	@Override
	public @Nullable String getCatalog() throws SQLException {
		return this.<@Nullable String>get("catalog", Connection::getCatalog, Learned::catalog);
	}

	@Override
	public void setSchema(String schema) throws SQLException {
		this.transaction.set(new Setting("schema", schema, (connection) -> connection.setSchema(schema),
				SearchPath::capture, false));
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
		this.transaction.set(new Setting("holdability", holdability,
				(connection) -> connection.setHoldability(holdability), LogicalConnection::captureHoldability, true));
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
		this.transaction.set(new Setting("typeMap", map, (connection) -> connection.setTypeMap(map),
				LogicalConnection::captureTypeMap, true));
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
		this.transaction.set(Setting.resetByPool("networkTimeout", milliseconds,
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
			this.transaction.set(setting);
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
		statement.prepare();
		return statement;
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
		ServerConnection current = this.transaction.server();
		return (current != null) ? current.connection().getWarnings() : null;
	}

	@Override
	public void clearWarnings() throws SQLException {
		checkOpen();
		ServerConnection current = this.transaction.server();
		if (current != null) {
			current.connection().clearWarnings();
		}
	}

	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		if (type.isInstance(this)) {
			return type.cast(this);
		}
		DistributedTransactions.refuse(type);
		return this.transaction.unwrap(type);
	}

	@Override
	public boolean isWrapperFor(Class<?> type) throws SQLException {
		checkOpen();
		return type.isInstance(this) || type.isAssignableFrom(PgConnection.class);
	}

	// The end

	@Override
	public void close() throws SQLException {
		this.transaction.close();
	}

	@Override
	public boolean isClosed() throws SQLException {
		return this.transaction.isClosed();
	}

	@Override
	public void abort(Executor executor) throws SQLException {
		this.transaction.abort(executor);
	}

	@Override
	public String toString() {
		return "Tidemark connection, server: " + this.transaction.server();
	}

}
