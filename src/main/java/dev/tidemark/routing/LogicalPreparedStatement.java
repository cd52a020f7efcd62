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
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;

import org.jspecify.annotations.Nullable;

/**
 * A prepared statement. Its text is known from the start, and so is its server.
 *
 * @param <S> the type of the server's statement
 */
class LogicalPreparedStatement<S extends PreparedStatement> extends LogicalStatement<S> implements PreparedStatement {

	private final StatementKind kind;

	LogicalPreparedStatement(LogicalConnection connection, StatementKind kind, SqlCall<Connection, S> create) {
		super(connection, create);
		this.kind = kind;
	}

	/**
	 * Prepare the statement on the server of the current transaction.
	 */
	final void prepare() throws SQLException {
		serverStatement(this.kind);
	}

	// Delegation

	@Override
	public ResultSet executeQuery() throws SQLException {
		return execute(this.kind, S::executeQuery);
	}

	@Override
	public int executeUpdate() throws SQLException {
		return execute(this.kind, S::executeUpdate);
	}

	@Override
	public void setNull(int index, int sqlType) throws SQLException {
		serverStatement().setNull(index, sqlType);
	}

	@Override
	public void setBoolean(int index, boolean value) throws SQLException {
		serverStatement().setBoolean(index, value);
	}

	@Override
	public void setByte(int index, byte value) throws SQLException {
		serverStatement().setByte(index, value);
	}

	@Override
	public void setShort(int index, short value) throws SQLException {
		serverStatement().setShort(index, value);
	}

	@Override
	public void setInt(int index, int value) throws SQLException {
		serverStatement().setInt(index, value);
	}

	@Override
	public void setLong(int index, long value) throws SQLException {
		serverStatement().setLong(index, value);
	}

	@Override
	public void setFloat(int index, float value) throws SQLException {
		serverStatement().setFloat(index, value);
	}

	@Override
	public void setDouble(int index, double value) throws SQLException {
		serverStatement().setDouble(index, value);
	}

	@Override
	public void setBigDecimal(int index, @Nullable BigDecimal value) throws SQLException {
		serverStatement().setBigDecimal(index, value);
	}

	@Override
	public void setString(int index, @Nullable String value) throws SQLException {
		serverStatement().setString(index, value);
	}

	@Override
	public void setBytes(int index, byte @Nullable [] value) throws SQLException {
		serverStatement().setBytes(index, value);
	}

	@Override
	public void setDate(int index, @Nullable Date value) throws SQLException {
		serverStatement().setDate(index, value);
	}

	@Override
	public void setTime(int index, @Nullable Time value) throws SQLException {
		serverStatement().setTime(index, value);
	}

	@Override
	public void setTimestamp(int index, @Nullable Timestamp value) throws SQLException {
		serverStatement().setTimestamp(index, value);
	}

	@Override
	public void setAsciiStream(int index, @Nullable InputStream value, int length) throws SQLException {
		serverStatement().setAsciiStream(index, value, length);
	}

	@Override
	@Deprecated
	public void setUnicodeStream(int index, @Nullable InputStream value, int length) throws SQLException {
		serverStatement().setUnicodeStream(index, value, length);
	}

	@Override
	public void setBinaryStream(int index, @Nullable InputStream value, int length) throws SQLException {
		serverStatement().setBinaryStream(index, value, length);
	}

	@Override
	public void clearParameters() throws SQLException {
		serverStatement().clearParameters();
	}

	@Override
	public void setObject(int index, @Nullable Object value, int targetSqlType) throws SQLException {
		serverStatement().setObject(index, value, targetSqlType);
	}

	@Override
	public void setObject(int index, @Nullable Object value) throws SQLException {
		serverStatement().setObject(index, value);
	}

	@Override
	public boolean execute() throws SQLException {
		return execute(this.kind, S::execute);
	}

	@Override
	public void addBatch() throws SQLException {
		serverStatement().addBatch();
	}

	@Override
	public void setCharacterStream(int index, @Nullable Reader value, int length) throws SQLException {
		serverStatement().setCharacterStream(index, value, length);
	}

	@Override
	public void setRef(int index, @Nullable Ref value) throws SQLException {
		serverStatement().setRef(index, value);
	}

	@Override
	public void setBlob(int index, @Nullable Blob value) throws SQLException {
		serverStatement().setBlob(index, value);
	}

	@Override
	public void setClob(int index, @Nullable Clob value) throws SQLException {
		serverStatement().setClob(index, value);
	}

	@Override
	public void setArray(int index, @Nullable Array value) throws SQLException {
		serverStatement().setArray(index, value);
	}

	@Override
	public @Nullable ResultSetMetaData getMetaData() throws SQLException {
		return serverStatement().getMetaData();
	}

	@Override
	public void setDate(int index, @Nullable Date value, Calendar calendar) throws SQLException {
		serverStatement().setDate(index, value, calendar);
	}

	@Override
	public void setTime(int index, @Nullable Time value, Calendar calendar) throws SQLException {
		serverStatement().setTime(index, value, calendar);
	}

	@Override
	public void setTimestamp(int index, @Nullable Timestamp value, Calendar calendar) throws SQLException {
		serverStatement().setTimestamp(index, value, calendar);
	}

	@Override
	public void setNull(int index, int sqlType, String typeName) throws SQLException {
		serverStatement().setNull(index, sqlType, typeName);
	}

	@Override
	public void setURL(int index, @Nullable URL value) throws SQLException {
		serverStatement().setURL(index, value);
	}

	@Override
	public ParameterMetaData getParameterMetaData() throws SQLException {
		return serverStatement().getParameterMetaData();
	}

	@Override
	public void setRowId(int index, @Nullable RowId value) throws SQLException {
		serverStatement().setRowId(index, value);
	}

	@Override
	public void setNString(int index, @Nullable String value) throws SQLException {
		serverStatement().setNString(index, value);
	}

	@Override
	public void setNCharacterStream(int index, @Nullable Reader value, long length) throws SQLException {
		serverStatement().setNCharacterStream(index, value, length);
	}

	@Override
	public void setNClob(int index, @Nullable NClob value) throws SQLException {
		serverStatement().setNClob(index, value);
	}

	@Override
	public void setClob(int index, @Nullable Reader value, long length) throws SQLException {
		serverStatement().setClob(index, value, length);
	}

	@Override
	public void setBlob(int index, @Nullable InputStream value, long length) throws SQLException {
		serverStatement().setBlob(index, value, length);
	}

	@Override
	public void setNClob(int index, @Nullable Reader value, long length) throws SQLException {
		serverStatement().setNClob(index, value, length);
	}

	@Override
	public void setSQLXML(int index, @Nullable SQLXML value) throws SQLException {
		serverStatement().setSQLXML(index, value);
	}

	@Override
	public void setObject(int index, @Nullable Object value, int targetSqlType, int scaleOrLength) throws SQLException {
		serverStatement().setObject(index, value, targetSqlType, scaleOrLength);
	}

	@Override
	public void setAsciiStream(int index, @Nullable InputStream value, long length) throws SQLException {
		serverStatement().setAsciiStream(index, value, length);
	}

	@Override
	public void setBinaryStream(int index, @Nullable InputStream value, long length) throws SQLException {
		serverStatement().setBinaryStream(index, value, length);
	}

	@Override
	public void setCharacterStream(int index, @Nullable Reader value, long length) throws SQLException {
		serverStatement().setCharacterStream(index, value, length);
	}

	@Override
	public void setAsciiStream(int index, @Nullable InputStream value) throws SQLException {
		serverStatement().setAsciiStream(index, value);
	}

	@Override
	public void setBinaryStream(int index, @Nullable InputStream value) throws SQLException {
		serverStatement().setBinaryStream(index, value);
	}

	@Override
	public void setCharacterStream(int index, @Nullable Reader value) throws SQLException {
		serverStatement().setCharacterStream(index, value);
	}

	@Override
	public void setNCharacterStream(int index, @Nullable Reader value) throws SQLException {
		serverStatement().setNCharacterStream(index, value);
	}

	@Override
	public void setClob(int index, @Nullable Reader value) throws SQLException {
		serverStatement().setClob(index, value);
	}

	@Override
	public void setBlob(int index, @Nullable InputStream value) throws SQLException {
		serverStatement().setBlob(index, value);
	}

	@Override
	public void setNClob(int index, @Nullable Reader value) throws SQLException {
		serverStatement().setNClob(index, value);
	}

	@Override
	public void setObject(int index, @Nullable Object value, SQLType targetSqlType, int scaleOrLength)
			throws SQLException {
		serverStatement().setObject(index, value, targetSqlType, scaleOrLength);
	}

	@Override
	public void setObject(int index, @Nullable Object value, SQLType targetSqlType) throws SQLException {
		serverStatement().setObject(index, value, targetSqlType);
	}

	@Override
	public long executeLargeUpdate() throws SQLException {
		return execute(this.kind, S::executeLargeUpdate);
	}

}
