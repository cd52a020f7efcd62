package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLState;

/**
 * A statement that is created on a server's connection when it is first executed, because
 * only then is it known what the statement may do.
 *
 * @param <S> the type of the server's statement
 */
class LogicalStatement<S extends Statement> implements Statement {

	private final LogicalConnection connection;

	private final SqlCall<Connection, S> create;

	private final List<SqlAction<Statement>> settings = new ArrayList<>();

	private @Nullable S server;

	private @Nullable ServerConnection owner;

	private boolean closed;

	LogicalStatement(LogicalConnection connection, SqlCall<Connection, S> create) {
		this.connection = connection;
		this.create = create;
	}

	/**
	 * Return the connection that the statement was created on.
	 */
	final @Nullable ServerConnection owner() {
		return this.owner;
	}

	/**
	 * Return the server's statement, created if this is its first use.
	 */
	final S on(ServerConnection target) throws SQLException {
		checkOpen();
		S created = this.server;
		if (created == null) {
			created = this.create.apply(target.connection());
			this.server = created;
			this.owner = target;
			for (SqlAction<Statement> setting : this.settings) {
				setting.apply(created);
			}
		}
		return created;
	}

	final <T extends @Nullable Object> T execute(StatementKind kind, SqlCall<S, T> call) throws SQLException {
		checkOpen();
		return this.connection.execute(kind, this, call);
	}

	/**
	 * Return the server's statement for a question that is not an execution.
	 */
	final S serverStatement() throws SQLException {
		return serverStatement(StatementKind.READ);
	}

	final S serverStatement(StatementKind kind) throws SQLException {
		checkOpen();
		S created = this.server;
		return (created != null) ? created : on(this.connection.enter(kind, null));
	}

	private void set(SqlAction<Statement> setting) throws SQLException {
		checkOpen();
		if (this.server != null) {
			setting.apply(this.server);
		}
		else {
			this.settings.add(setting);
		}
	}

	private void checkOpen() throws SQLException {
		if (this.closed) {
			throw new SQLException("This statement has been closed.", PSQLState.OBJECT_NOT_IN_STATE.getState());
		}
	}

	@Override
	public final LogicalConnection getConnection() throws SQLException {
		checkOpen();
		return this.connection;
	}

	@Override
	public final void addBatch(String sql) throws SQLException {
		serverStatement(StatementKind.NEEDS_PRIMARY).addBatch(sql);
	}

	@Override
	public final @Nullable SQLWarning getWarnings() throws SQLException {
		checkOpen();
		return (this.server != null) ? this.server.getWarnings() : null;
	}

	@Override
	public final void clearWarnings() throws SQLException {
		checkOpen();
		if (this.server != null) {
			this.server.clearWarnings();
		}
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
		this.closed = true;
		if (this.server != null) {
			this.server.close();
		}
	}

	@Override
	public final boolean isClosed() throws SQLException {
		return this.closed || (this.server != null && this.server.isClosed());
	}

	@Override
	public final <T> T unwrap(Class<T> type) throws SQLException {
		return type.isInstance(this) ? type.cast(this) : serverStatement().unwrap(type);
	}

	@Override
	public final boolean isWrapperFor(Class<?> type) throws SQLException {
		return type.isInstance(this) || serverStatement().isWrapperFor(type);
	}

	// Delegation

	@Override
	public ResultSet executeQuery(String sql) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.executeQuery(sql));
	}

	@Override
	public int executeUpdate(String sql) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.executeUpdate(sql));
	}

	@Override
	public int getMaxFieldSize() throws SQLException {
		return serverStatement().getMaxFieldSize();
	}

	@Override
	public void setMaxFieldSize(int value) throws SQLException {
		set((statement) -> statement.setMaxFieldSize(value));
	}

	@Override
	public int getMaxRows() throws SQLException {
		return serverStatement().getMaxRows();
	}

	@Override
	public void setMaxRows(int value) throws SQLException {
		set((statement) -> statement.setMaxRows(value));
	}

	@Override
	public void setEscapeProcessing(boolean value) throws SQLException {
		set((statement) -> statement.setEscapeProcessing(value));
	}

	@Override
	public int getQueryTimeout() throws SQLException {
		return serverStatement().getQueryTimeout();
	}

	@Override
	public void setQueryTimeout(int value) throws SQLException {
		set((statement) -> statement.setQueryTimeout(value));
	}

	@Override
	public void setCursorName(String sql) throws SQLException {
		set((statement) -> statement.setCursorName(sql));
	}

	@Override
	public boolean execute(String sql) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.execute(sql));
	}

	@Override
	public @Nullable ResultSet getResultSet() throws SQLException {
		return serverStatement().getResultSet();
	}

	@Override
	public int getUpdateCount() throws SQLException {
		return serverStatement().getUpdateCount();
	}

	@Override
	public boolean getMoreResults() throws SQLException {
		return serverStatement().getMoreResults();
	}

	@Override
	public void setFetchDirection(int value) throws SQLException {
		set((statement) -> statement.setFetchDirection(value));
	}

	@Override
	public int getFetchDirection() throws SQLException {
		return serverStatement().getFetchDirection();
	}

	@Override
	public void setFetchSize(int value) throws SQLException {
		set((statement) -> statement.setFetchSize(value));
	}

	@Override
	public int getFetchSize() throws SQLException {
		return serverStatement().getFetchSize();
	}

	@Override
	public int getResultSetConcurrency() throws SQLException {
		return serverStatement().getResultSetConcurrency();
	}

	@Override
	public int getResultSetType() throws SQLException {
		return serverStatement().getResultSetType();
	}

	@Override
	public void clearBatch() throws SQLException {
		serverStatement().clearBatch();
	}

	@Override
	public int[] executeBatch() throws SQLException {
		return execute(StatementKind.NEEDS_PRIMARY, S::executeBatch);
	}

	@Override
	public boolean getMoreResults(int value) throws SQLException {
		return serverStatement().getMoreResults(value);
	}

	@Override
	public ResultSet getGeneratedKeys() throws SQLException {
		return serverStatement().getGeneratedKeys();
	}

	@Override
	public int executeUpdate(String sql, int value) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.executeUpdate(sql, value));
	}

	@Override
	public int executeUpdate(String sql, int[] columnIndexes) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.executeUpdate(sql, columnIndexes));
	}

	@Override
	public int executeUpdate(String sql, String[] columnNames) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.executeUpdate(sql, columnNames));
	}

	@Override
	public boolean execute(String sql, int value) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.execute(sql, value));
	}

	@Override
	public boolean execute(String sql, int[] columnIndexes) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.execute(sql, columnIndexes));
	}

	@Override
	public boolean execute(String sql, String[] columnNames) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.execute(sql, columnNames));
	}

	@Override
	public int getResultSetHoldability() throws SQLException {
		return serverStatement().getResultSetHoldability();
	}

	@Override
	public void setPoolable(boolean value) throws SQLException {
		set((statement) -> statement.setPoolable(value));
	}

	@Override
	public boolean isPoolable() throws SQLException {
		return serverStatement().isPoolable();
	}

	@Override
	public void closeOnCompletion() throws SQLException {
		set((statement) -> statement.closeOnCompletion());
	}

	@Override
	public boolean isCloseOnCompletion() throws SQLException {
		return serverStatement().isCloseOnCompletion();
	}

	@Override
	public long getLargeUpdateCount() throws SQLException {
		return serverStatement().getLargeUpdateCount();
	}

	@Override
	public void setLargeMaxRows(long value) throws SQLException {
		set((statement) -> statement.setLargeMaxRows(value));
	}

	@Override
	public long getLargeMaxRows() throws SQLException {
		return serverStatement().getLargeMaxRows();
	}

	@Override
	public long[] executeLargeBatch() throws SQLException {
		return execute(StatementKind.NEEDS_PRIMARY, S::executeLargeBatch);
	}

	@Override
	public long executeLargeUpdate(String sql) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.executeLargeUpdate(sql));
	}

	@Override
	public long executeLargeUpdate(String sql, int value) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.executeLargeUpdate(sql, value));
	}

	@Override
	public long executeLargeUpdate(String sql, int[] columnIndexes) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.executeLargeUpdate(sql, columnIndexes));
	}

	@Override
	public long executeLargeUpdate(String sql, String[] columnNames) throws SQLException {
		return execute(StatementKind.of(sql), (statement) -> statement.executeLargeUpdate(sql, columnNames));
	}

}
