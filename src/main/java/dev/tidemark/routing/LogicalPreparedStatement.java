package dev.tidemark.routing;

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.Date;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * A prepared statement. Its text is known from the start, and so is its server.
 *
 * @param <S> the type of the server's statement
 */
class LogicalPreparedStatement<S extends PreparedStatement> extends LogicalStatement<S> implements PreparedStatement {

	private final StatementKind kind;

	private final String sql;

	/**
	 * Whether each execution may run on another server.
	 */
	private final boolean moves;

	private final @Nullable Map<Integer, SqlAction<S>> parameters;

	/**
	 * Whether a parameter can be read only once.
	 */
	private boolean hasStream;

	LogicalPreparedStatement(LogicalConnection connection, StatementSettings settings, StatementKind kind, String sql,
			SqlCall<Connection, S> create) {
		super(connection, settings, create);
		this.kind = settings.restrict(kind);
		this.sql = sql;
		this.moves = connection.transaction().mayMove(this.kind);
		this.parameters = (this.moves || connection.transaction().mayRepeat(this.kind)) ? new LinkedHashMap<>() : null;
	}

	/**
	 * Prepare the statement on the server of the current transaction.
	 */
	final void prepare() throws SQLException {
		serverStatement(this.kind, this.sql);
	}

	/**
	 * Set again what was set before the statement moved.
	 */
	@Override
	final void created(S statement) throws SQLException {
		if (this.parameters != null) {
			for (SqlAction<S> parameter : this.parameters.values()) {
				parameter.apply(statement);
			}
		}
	}

	@Override
	final boolean isRepeatable() {
		return this.parameters != null && !this.hasStream;
	}

	private S prepared() throws SQLException {
		return serverStatement(this.kind, this.sql);
	}

	private void set(int index, SqlAction<S> parameter) throws SQLException {
		parameter.apply(prepared());
		if (this.parameters != null) {
			this.parameters.put(index, parameter);
		}
	}

	private void setStream(int index, SqlAction<S> parameter) throws SQLException {
		set(index, parameter);
		this.hasStream = true;
	}

	/**
	 * The driver makes a large object as soon as the parameter is set. That begins a
	 * transaction before the statement is executed.
	 */
	private void setLob(int index, SqlAction<S> parameter) throws SQLException {
		prepared();
		ServerConnection owner = owner();
		if (owner != null && !isFinished()) {
			connection().transaction().touch(owner, "This statement");
		}
		set(index, parameter);
	}

	private void setLobStream(int index, SqlAction<S> parameter) throws SQLException {
		setLob(index, parameter);
		this.hasStream = true;
	}

	private void setAny(int index, @Nullable Object value, SqlAction<S> parameter) throws SQLException {
		boolean isStream = value instanceof InputStream || value instanceof Reader;
		this.hasStream |= isStream;
		if (isStream || value instanceof Blob || value instanceof Clob) {
			setLob(index, parameter);
		}
		else {
			set(index, parameter);
		}
	}

	private <T extends @Nullable Object> T execute(SqlCall<S, T> call) throws SQLException {
		return execute(this.kind, this.sql, call);
	}

	@Override
	public void clearParameters() throws SQLException {
		prepared().clearParameters();
		this.hasStream = false;
		if (this.parameters != null) {
			this.parameters.clear();
		}
	}

	/**
	 * The server's statement holds the parameters, so a batch is gathered there, where it
	 * runs: outside a transaction that is the primary.
	 */
	@Override
	public void addBatch() throws SQLException {
		StatementKind batchKind = this.moves ? StatementKind.NEEDS_PRIMARY : this.kind;
		S gathered = isWhereBatchRuns() ? prepared()
				: on(connection().transaction().serverFor(batchKind, this.sql, this.moves ? null : owner()));
		gathered.addBatch();
		addToBatch(batchKind, (executed) -> checkGathered(gathered, executed));
	}

	private boolean isWhereBatchRuns() {
		ServerConnection owner = owner();
		CurrentTransaction transaction = connection().transaction();
		return isFinished()
				|| (owner != null && owner.isPrimary() && transaction.isAutoCommit() && transaction.holds(owner));
	}

	private static void checkGathered(Statement gathered, Statement executed) throws SQLException {
		if (gathered != executed) {
			throw new PSQLException(
					"The batch was added on another server than the one that it would run on now, because a "
							+ "transaction has ended or a query has run between. Nothing was executed. Add the whole "
							+ "batch right before it is executed.",
					PSQLState.OBJECT_NOT_IN_STATE);
		}
	}

	@Override
	public void addBatch(String sql) throws SQLException {
		prepared().addBatch(sql);
	}

	@Override
	public ResultSet executeQuery() throws SQLException {
		return wrapRows(execute(S::executeQuery));
	}

	// Delegation

	@Override
	public int executeUpdate() throws SQLException {
		return execute(S::executeUpdate);
	}

	@Override
	public void setNull(int index, int sqlType) throws SQLException {
		set(index, (statement) -> statement.setNull(index, sqlType));
	}

	@Override
	public void setBoolean(int index, boolean value) throws SQLException {
		set(index, (statement) -> statement.setBoolean(index, value));
	}

	@Override
	public void setByte(int index, byte value) throws SQLException {
		set(index, (statement) -> statement.setByte(index, value));
	}

	@Override
	public void setShort(int index, short value) throws SQLException {
		set(index, (statement) -> statement.setShort(index, value));
	}

	@Override
	public void setInt(int index, int value) throws SQLException {
		set(index, (statement) -> statement.setInt(index, value));
	}

	@Override
	public void setLong(int index, long value) throws SQLException {
		set(index, (statement) -> statement.setLong(index, value));
	}

	@Override
	public void setFloat(int index, float value) throws SQLException {
		set(index, (statement) -> statement.setFloat(index, value));
	}

	@Override
	public void setDouble(int index, double value) throws SQLException {
		set(index, (statement) -> statement.setDouble(index, value));
	}

	@Override
	public void setBigDecimal(int index, @Nullable BigDecimal value) throws SQLException {
		set(index, (statement) -> statement.setBigDecimal(index, value));
	}

	@Override
	public void setString(int index, @Nullable String value) throws SQLException {
		set(index, (statement) -> statement.setString(index, value));
	}

	@Override
	public void setBytes(int index, byte @Nullable [] value) throws SQLException {
		set(index, (statement) -> statement.setBytes(index, value));
	}

	@Override
	public void setDate(int index, @Nullable Date value) throws SQLException {
		set(index, (statement) -> statement.setDate(index, value));
	}

	@Override
	public void setTime(int index, @Nullable Time value) throws SQLException {
		set(index, (statement) -> statement.setTime(index, value));
	}

	@Override
	public void setTimestamp(int index, @Nullable Timestamp value) throws SQLException {
		set(index, (statement) -> statement.setTimestamp(index, value));
	}

	@Override
	public void setAsciiStream(int index, @Nullable InputStream value, int length) throws SQLException {
		setStream(index, (statement) -> statement.setAsciiStream(index, value, length));
	}

	@Override
	@Deprecated
	public void setUnicodeStream(int index, @Nullable InputStream value, int length) throws SQLException {
		setStream(index, (statement) -> statement.setUnicodeStream(index, value, length));
	}

	@Override
	public void setBinaryStream(int index, @Nullable InputStream value, int length) throws SQLException {
		setStream(index, (statement) -> statement.setBinaryStream(index, value, length));
	}

	@Override
	public void setObject(int index, @Nullable Object value, int targetSqlType) throws SQLException {
		setAny(index, value, (statement) -> statement.setObject(index, value, targetSqlType));
	}

	@Override
	public void setObject(int index, @Nullable Object value) throws SQLException {
		setAny(index, value, (statement) -> statement.setObject(index, value));
	}

	@Override
	public boolean execute() throws SQLException {
		return execute(S::execute);
	}

	@Override
	public void setCharacterStream(int index, @Nullable Reader value, int length) throws SQLException {
		setStream(index, (statement) -> statement.setCharacterStream(index, value, length));
	}

	@Override
	public void setRef(int index, @Nullable Ref value) throws SQLException {
		set(index, (statement) -> statement.setRef(index, value));
	}

	@Override
	public void setBlob(int index, @Nullable Blob value) throws SQLException {
		setLob(index, (statement) -> statement.setBlob(index, value));
	}

	@Override
	public void setClob(int index, @Nullable Clob value) throws SQLException {
		setLob(index, (statement) -> statement.setClob(index, value));
	}

	@Override
	public void setArray(int index, @Nullable Array value) throws SQLException {
		set(index, (statement) -> statement.setArray(index, value));
	}

	@Override
	public @Nullable ResultSetMetaData getMetaData() throws SQLException {
		return prepared().getMetaData();
	}

	@Override
	public void setDate(int index, @Nullable Date value, Calendar calendar) throws SQLException {
		set(index, (statement) -> statement.setDate(index, value, calendar));
	}

	@Override
	public void setTime(int index, @Nullable Time value, Calendar calendar) throws SQLException {
		set(index, (statement) -> statement.setTime(index, value, calendar));
	}

	@Override
	public void setTimestamp(int index, @Nullable Timestamp value, Calendar calendar) throws SQLException {
		set(index, (statement) -> statement.setTimestamp(index, value, calendar));
	}

	@Override
	public void setNull(int index, int sqlType, String typeName) throws SQLException {
		set(index, (statement) -> statement.setNull(index, sqlType, typeName));
	}

	@Override
	public void setURL(int index, @Nullable URL value) throws SQLException {
		set(index, (statement) -> statement.setURL(index, value));
	}

	@Override
	public ParameterMetaData getParameterMetaData() throws SQLException {
		return prepared().getParameterMetaData();
	}

	@Override
	public void setRowId(int index, @Nullable RowId value) throws SQLException {
		set(index, (statement) -> statement.setRowId(index, value));
	}

	@Override
	public void setNString(int index, @Nullable String value) throws SQLException {
		set(index, (statement) -> statement.setNString(index, value));
	}

	@Override
	public void setNCharacterStream(int index, @Nullable Reader value, long length) throws SQLException {
		setStream(index, (statement) -> statement.setNCharacterStream(index, value, length));
	}

	@Override
	public void setNClob(int index, @Nullable NClob value) throws SQLException {
		set(index, (statement) -> statement.setNClob(index, value));
	}

	@Override
	public void setClob(int index, @Nullable Reader value, long length) throws SQLException {
		setLobStream(index, (statement) -> statement.setClob(index, value, length));
	}

	@Override
	public void setBlob(int index, @Nullable InputStream value, long length) throws SQLException {
		setLobStream(index, (statement) -> statement.setBlob(index, value, length));
	}

	@Override
	public void setNClob(int index, @Nullable Reader value, long length) throws SQLException {
		setStream(index, (statement) -> statement.setNClob(index, value, length));
	}

	@Override
	public void setSQLXML(int index, @Nullable SQLXML value) throws SQLException {
		set(index, (statement) -> statement.setSQLXML(index, value));
	}

	@Override
	public void setObject(int index, @Nullable Object value, int targetSqlType, int scaleOrLength) throws SQLException {
		setAny(index, value, (statement) -> statement.setObject(index, value, targetSqlType, scaleOrLength));
	}

	@Override
	public void setAsciiStream(int index, @Nullable InputStream value, long length) throws SQLException {
		setStream(index, (statement) -> statement.setAsciiStream(index, value, length));
	}

	@Override
	public void setBinaryStream(int index, @Nullable InputStream value, long length) throws SQLException {
		setStream(index, (statement) -> statement.setBinaryStream(index, value, length));
	}

	@Override
	public void setCharacterStream(int index, @Nullable Reader value, long length) throws SQLException {
		setStream(index, (statement) -> statement.setCharacterStream(index, value, length));
	}

	@Override
	public void setAsciiStream(int index, @Nullable InputStream value) throws SQLException {
		setStream(index, (statement) -> statement.setAsciiStream(index, value));
	}

	@Override
	public void setBinaryStream(int index, @Nullable InputStream value) throws SQLException {
		setStream(index, (statement) -> statement.setBinaryStream(index, value));
	}

	@Override
	public void setCharacterStream(int index, @Nullable Reader value) throws SQLException {
		setStream(index, (statement) -> statement.setCharacterStream(index, value));
	}

	@Override
	public void setNCharacterStream(int index, @Nullable Reader value) throws SQLException {
		setStream(index, (statement) -> statement.setNCharacterStream(index, value));
	}

	@Override
	public void setClob(int index, @Nullable Reader value) throws SQLException {
		setLobStream(index, (statement) -> statement.setClob(index, value));
	}

	@Override
	public void setBlob(int index, @Nullable InputStream value) throws SQLException {
		setLobStream(index, (statement) -> statement.setBlob(index, value));
	}

	@Override
	public void setNClob(int index, @Nullable Reader value) throws SQLException {
		setStream(index, (statement) -> statement.setNClob(index, value));
	}

	@Override
	public void setObject(int index, @Nullable Object value, SQLType targetSqlType, int scaleOrLength)
			throws SQLException {
		setAny(index, value, (statement) -> statement.setObject(index, value, targetSqlType, scaleOrLength));
	}

	@Override
	public void setObject(int index, @Nullable Object value, SQLType targetSqlType) throws SQLException {
		setAny(index, value, (statement) -> statement.setObject(index, value, targetSqlType));
	}

	@Override
	public long executeLargeUpdate() throws SQLException {
		return execute(S::executeLargeUpdate);
	}

}
