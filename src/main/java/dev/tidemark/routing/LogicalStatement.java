package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * A statement that is created on a server's connection when it is first executed, because
 * only then is it known what the statement may do; and again when its connection has left
 * that server.
 *
 * @param <S> the type of the server's statement
 */
class LogicalStatement<S extends Statement> implements Statement {

	private final LogicalConnection connection;

	private final CurrentTransaction transaction;

	private final SqlCall<Connection, S> create;

	private final StatementSettings settings;

	private @Nullable S server;

	private @Nullable ServerConnection owner;

	private boolean keepsOwner;

	/**
	 * Whether the server's statement can't outlive the loan of its connection.
	 */
	private boolean closedByPool = true;

	/**
	 * What a batch has to do on the server's statement before it is executed.
	 */
	private final List<SqlAction<S>> batch = new ArrayList<>();

	private StatementKind batchKind = StatementKind.QUERY;

	private boolean closed;

	LogicalStatement(LogicalConnection connection, StatementSettings settings, SqlCall<Connection, S> create) {
		this.connection = connection;
		this.transaction = connection.transaction();
		this.settings = settings;
		this.create = create;
	}

	/**
	 * Return the logical statement for a server's one that exists already.
	 */
	static @Nullable LogicalStatement<Statement> existing(LogicalConnection connection, ServerConnection owner,
			@Nullable Statement server) throws SQLException {
		if (server == null) {
			return null;
		}
		LogicalStatement<Statement> statement = new LogicalStatement<>(connection, StatementSettings.plain(),
				(physical) -> server);
		statement.on(owner);
		statement.closedByPool = false;
		return statement;
	}

	/**
	 * Return the connection that the statement was created on.
	 */
	final @Nullable ServerConnection owner() {
		return this.owner;
	}

	/**
	 * Return the server's statement on a connection, created if this is its first use
	 * there.
	 */
	final S on(ServerConnection target) throws SQLException {
		S created = this.server;
		if (created == null || this.owner != target) {
			leaveServer();
			created = this.create.apply(target.connection());
			this.settings.apply(created);
			this.server = created;
			this.owner = target;
			this.keepsOwner = this.transaction.isAutoCommit();
			if (this.keepsOwner) {
				target.statementOpened();
			}
			created(created);
		}
		return created;
	}

	/**
	 * Called when the server's statement was created.
	 */
	void created(S statement) throws SQLException {
	}

	/**
	 * Return whether the statement can be executed on another server with what was set.
	 */
	boolean isRepeatable() {
		return true;
	}

	private void leaveServer() throws SQLException {
		S left = this.server;
		ServerConnection leftOwner = this.owner;
		this.server = null;
		this.owner = null;
		if (leftOwner != null && this.keepsOwner) {
			leftOwner.statementClosed();
		}
		if (left != null && this.transaction.holds(leftOwner)) {
			left.close();
		}
	}

	final <T extends @Nullable Object> T execute(StatementKind kind, String sql, SqlCall<S, T> call)
			throws SQLException {
		return isFinished() ? call.apply(finished()) : this.transaction.execute(kind, sql, this, call);
	}

	final boolean isFinished() {
		return this.closed || this.transaction.isGivenBack();
	}

	/**
	 * Return the closed statement of the server, which knows best what may still be asked
	 * of it.
	 */
	private S finished() throws SQLException {
		if (this.server == null || !this.closedByPool) {
			throw new PSQLException("This statement has been closed.", PSQLState.OBJECT_NOT_IN_STATE);
		}
		return this.server;
	}

	private <T extends @Nullable Object> T execute(String sql, SqlCall<S, T> call) throws SQLException {
		return execute(this.settings.restrict(this.connection.kind(sql)), sql, call);
	}

	/**
	 * Return the server's statement for something that is not an execution.
	 */
	final S serverStatement() throws SQLException {
		if (isFinished()) {
			return finished();
		}
		S created = this.server;
		return (created != null && this.transaction.holds(this.owner)) ? created
				: on(this.transaction.serverForQuestion());
	}

	final S serverStatement(StatementKind kind, String sql) throws SQLException {
		if (isFinished()) {
			return finished();
		}
		S created = this.server;
		return (created != null && this.transaction.holds(this.owner)) ? created
				: on(this.transaction.serverFor(kind, sql, this.owner));
	}

	private boolean isOnServer() throws SQLException {
		return isFinished() || (this.server != null && this.transaction.holds(this.owner));
	}

	private void set(SqlAction<StatementSettings> setting, SqlAction<Statement> action) throws SQLException {
		if (isOnServer()) {
			action.apply(serverStatement());
		}
		setting.apply(this.settings);
	}

	private <T> T get(@Nullable T known, SqlCall<S, T> ask) throws SQLException {
		return (known != null && !isOnServer()) ? known : ask.apply(serverStatement());
	}

	private @Nullable ResultSet wrap(@Nullable ResultSet rows) {
		ServerConnection from = this.owner;
		return (rows != null && from != null) ? new LogicalResultSet(this.connection, from, this, rows) : rows;
	}

	final ResultSet wrapRows(ResultSet rows) {
		ServerConnection from = this.owner;
		return (from != null) ? new LogicalResultSet(this.connection, from, this, rows) : rows;
	}

	final LogicalConnection connection() {
		return this.connection;
	}

	@Override
	public final LogicalConnection getConnection() throws SQLException {
		return this.connection;
	}

	/**
	 * Where a batch runs depends on all of it, so it is gathered here.
	 */
	@Override
	public void addBatch(String sql) throws SQLException {
		if (isFinished()) {
			finished().addBatch(sql);
		}
		else {
			addToBatch(this.connection.kind(Objects.requireNonNull(sql)), (statement) -> statement.addBatch(sql));
		}
	}

	final void addToBatch(StatementKind kind, SqlAction<S> action) {
		this.batchKind = this.batchKind.and(kind);
		this.batch.add(action);
	}

	@Override
	public final void clearBatch() throws SQLException {
		forgetBatch();
		if (isOnServer()) {
			serverStatement().clearBatch();
		}
	}

	private <T> T executeBatch(SqlCall<S, T> call) throws SQLException {
		StatementKind kind = this.batchKind;
		List<SqlAction<S>> actions = List.copyOf(this.batch);
		forgetBatch();
		return execute(kind, "a batch", (statement) -> {
			add(actions, statement);
			return call.apply(statement);
		});
	}

	/**
	 * What can't be added as a whole leaves nothing behind.
	 */
	private void add(List<SqlAction<S>> actions, S statement) throws SQLException {
		try {
			for (SqlAction<S> action : actions) {
				action.apply(statement);
			}
		}
		catch (SQLException ex) {
			statement.clearBatch();
			throw ex;
		}
	}

	private void forgetBatch() {
		this.batch.clear();
		this.batchKind = StatementKind.QUERY;
	}

	@Override
	public final @Nullable SQLWarning getWarnings() throws SQLException {
		return isOnServer() ? serverStatement().getWarnings() : null;
	}

	@Override
	public final void clearWarnings() throws SQLException {
		if (isOnServer()) {
			serverStatement().clearWarnings();
		}
	}

	@Override
	public final @Nullable ResultSet getResultSet() throws SQLException {
		return isOnServer() ? wrap(serverStatement().getResultSet()) : null;
	}

	@Override
	public final ResultSet getGeneratedKeys() throws SQLException {
		return wrapRows(serverStatement().getGeneratedKeys());
	}

	@Override
	public final int getUpdateCount() throws SQLException {
		return isOnServer() ? serverStatement().getUpdateCount() : -1;
	}

	@Override
	public final long getLargeUpdateCount() throws SQLException {
		return isOnServer() ? serverStatement().getLargeUpdateCount() : -1;
	}

	@Override
	public final boolean getMoreResults() throws SQLException {
		return isOnServer() && serverStatement().getMoreResults();
	}

	@Override
	public final boolean getMoreResults(int value) throws SQLException {
		return isOnServer() && serverStatement().getMoreResults(value);
	}

	/**
	 * Called by another thread than the one that uses the statement.
	 */
	@Override
	public final void cancel() throws SQLException {
		S running = this.server;
		if (running != null) {
			running.cancel();
		}
	}

	@Override
	public final void close() throws SQLException {
		if (isFinished()) {
			return;
		}
		this.closed = true;
		ServerConnection left = this.owner;
		if (left != null && this.keepsOwner) {
			left.statementClosed();
		}
		if (this.server != null && this.transaction.holds(left)) {
			this.server.close();
		}
	}

	@Override
	public final boolean isClosed() throws SQLException {
		return isFinished() || (isOnServer() && serverStatement().isClosed());
	}

	@Override
	public final <T> T unwrap(Class<T> type) throws SQLException {
		if (type.isInstance(this)) {
			return type.cast(this);
		}
		T found = serverStatement().unwrap(type);
		this.transaction.handedOut();
		return found;
	}

	@Override
	public final boolean isWrapperFor(Class<?> type) throws SQLException {
		return type.isInstance(this) || serverStatement().isWrapperFor(type);
	}

	// Settings

	@Override
	public int getMaxFieldSize() throws SQLException {
		return get(this.settings.maxFieldSize(), Statement::getMaxFieldSize);
	}

	@Override
	public void setMaxFieldSize(int value) throws SQLException {
		set((settings) -> settings.maxFieldSize(value), (statement) -> statement.setMaxFieldSize(value));
	}

	@Override
	public int getMaxRows() throws SQLException {
		return get(this.settings.maxRows(), Statement::getMaxRows);
	}

	@Override
	public void setMaxRows(int value) throws SQLException {
		set((settings) -> settings.maxRows(value), (statement) -> statement.setMaxRows(value));
	}

	@Override
	public long getLargeMaxRows() throws SQLException {
		return serverStatement().getLargeMaxRows();
	}

	@Override
	public void setLargeMaxRows(long value) throws SQLException {
		serverStatement().setLargeMaxRows(value);
	}

	@Override
	public void setEscapeProcessing(boolean value) throws SQLException {
		set((settings) -> settings.escapeProcessing(value), (statement) -> statement.setEscapeProcessing(value));
	}

	@Override
	public int getQueryTimeout() throws SQLException {
		return get(this.settings.queryTimeout(), Statement::getQueryTimeout);
	}

	@Override
	public void setQueryTimeout(int value) throws SQLException {
		set((settings) -> settings.queryTimeout(value), (statement) -> statement.setQueryTimeout(value));
	}

	/**
	 * Does nothing, as in the driver.
	 */
	@Override
	public void setCursorName(String name) throws SQLException {
		set((settings) -> {
		}, (statement) -> statement.setCursorName(name));
	}

	@Override
	public void setFetchDirection(int value) throws SQLException {
		set((settings) -> settings.fetchDirection(value), (statement) -> statement.setFetchDirection(value));
	}

	@Override
	public int getFetchDirection() throws SQLException {
		return get(this.settings.fetchDirection(), Statement::getFetchDirection);
	}

	@Override
	public void setFetchSize(int value) throws SQLException {
		set((settings) -> settings.fetchSize(value), (statement) -> statement.setFetchSize(value));
	}

	@Override
	public int getFetchSize() throws SQLException {
		return get(this.settings.fetchSize(), Statement::getFetchSize);
	}

	@Override
	public int getResultSetConcurrency() throws SQLException {
		return get(this.settings.concurrency(), Statement::getResultSetConcurrency);
	}

	@Override
	public int getResultSetType() throws SQLException {
		return get(this.settings.type(), Statement::getResultSetType);
	}

	@Override
	public int getResultSetHoldability() throws SQLException {
		return serverStatement().getResultSetHoldability();
	}

	@Override
	public void setPoolable(boolean value) throws SQLException {
		set((settings) -> settings.poolable(value), (statement) -> statement.setPoolable(value));
	}

	@Override
	public boolean isPoolable() throws SQLException {
		return serverStatement().isPoolable();
	}

	@Override
	public void closeOnCompletion() throws SQLException {
		set(StatementSettings::closeOnCompletion, Statement::closeOnCompletion);
	}

	@Override
	public boolean isCloseOnCompletion() throws SQLException {
		return get(this.settings.isCloseOnCompletion(), Statement::isCloseOnCompletion);
	}

	// Execution

	@Override
	public ResultSet executeQuery(String sql) throws SQLException {
		return wrapRows(execute(sql, (statement) -> statement.executeQuery(sql)));
	}

	@Override
	public int executeUpdate(String sql) throws SQLException {
		return execute(sql, (statement) -> statement.executeUpdate(sql));
	}

	@Override
	public boolean execute(String sql) throws SQLException {
		return execute(sql, (statement) -> statement.execute(sql));
	}

	@Override
	public int[] executeBatch() throws SQLException {
		return executeBatch(S::executeBatch);
	}

	@Override
	public long[] executeLargeBatch() throws SQLException {
		return executeBatch(S::executeLargeBatch);
	}

	@Override
	public int executeUpdate(String sql, int value) throws SQLException {
		return execute(sql, (statement) -> statement.executeUpdate(sql, value));
	}

	@Override
	public int executeUpdate(String sql, int[] columnIndexes) throws SQLException {
		return execute(sql, (statement) -> statement.executeUpdate(sql, columnIndexes));
	}

	@Override
	public int executeUpdate(String sql, String[] columnNames) throws SQLException {
		return execute(sql, (statement) -> statement.executeUpdate(sql, columnNames));
	}

	@Override
	public boolean execute(String sql, int value) throws SQLException {
		return execute(sql, (statement) -> statement.execute(sql, value));
	}

	@Override
	public boolean execute(String sql, int[] columnIndexes) throws SQLException {
		return execute(sql, (statement) -> statement.execute(sql, columnIndexes));
	}

	@Override
	public boolean execute(String sql, String[] columnNames) throws SQLException {
		return execute(sql, (statement) -> statement.execute(sql, columnNames));
	}

	@Override
	public long executeLargeUpdate(String sql) throws SQLException {
		return execute(sql, (statement) -> statement.executeLargeUpdate(sql));
	}

	@Override
	public long executeLargeUpdate(String sql, int value) throws SQLException {
		return execute(sql, (statement) -> statement.executeLargeUpdate(sql, value));
	}

	@Override
	public long executeLargeUpdate(String sql, int[] columnIndexes) throws SQLException {
		return execute(sql, (statement) -> statement.executeLargeUpdate(sql, columnIndexes));
	}

	@Override
	public long executeLargeUpdate(String sql, String[] columnNames) throws SQLException {
		return execute(sql, (statement) -> statement.executeLargeUpdate(sql, columnNames));
	}

}
