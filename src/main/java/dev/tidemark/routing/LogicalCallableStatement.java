package dev.tidemark.routing;

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.Date;
import java.sql.NClob;
import java.sql.Ref;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A statement that calls a function or a procedure.
 */
final class LogicalCallableStatement extends LogicalPreparedStatement<CallableStatement> implements CallableStatement {

	LogicalCallableStatement(LogicalConnection connection, StatementSettings settings, StatementKind kind, String sql,
			SqlCall<Connection, CallableStatement> create) {
		super(connection, settings, kind, sql, create);
	}

	// Delegation

	@Override
	public void registerOutParameter(int index, int sqlType) throws SQLException {
		serverStatement().registerOutParameter(index, sqlType);
	}

	@Override
	public void registerOutParameter(int index, int sqlType, int scale) throws SQLException {
		serverStatement().registerOutParameter(index, sqlType, scale);
	}

	@Override
	public boolean wasNull() throws SQLException {
		return serverStatement().wasNull();
	}

	@Override
	public @Nullable String getString(int index) throws SQLException {
		return serverStatement().getString(index);
	}

	@Override
	public boolean getBoolean(int index) throws SQLException {
		return serverStatement().getBoolean(index);
	}

	@Override
	public byte getByte(int index) throws SQLException {
		return serverStatement().getByte(index);
	}

	@Override
	public short getShort(int index) throws SQLException {
		return serverStatement().getShort(index);
	}

	@Override
	public int getInt(int index) throws SQLException {
		return serverStatement().getInt(index);
	}

	@Override
	public long getLong(int index) throws SQLException {
		return serverStatement().getLong(index);
	}

	@Override
	public float getFloat(int index) throws SQLException {
		return serverStatement().getFloat(index);
	}

	@Override
	public double getDouble(int index) throws SQLException {
		return serverStatement().getDouble(index);
	}

	@Override
	@Deprecated
	public @Nullable BigDecimal getBigDecimal(int index, int scale) throws SQLException {
		return serverStatement().getBigDecimal(index, scale);
	}

	@Override
	public byte @Nullable [] getBytes(int index) throws SQLException {
		return serverStatement().getBytes(index);
	}

	@Override
	public @Nullable Date getDate(int index) throws SQLException {
		return serverStatement().getDate(index);
	}

	@Override
	public @Nullable Time getTime(int index) throws SQLException {
		return serverStatement().getTime(index);
	}

	@Override
	public @Nullable Timestamp getTimestamp(int index) throws SQLException {
		return serverStatement().getTimestamp(index);
	}

	@Override
	public @Nullable Object getObject(int index) throws SQLException {
		return serverStatement().getObject(index);
	}

	@Override
	public @Nullable BigDecimal getBigDecimal(int index) throws SQLException {
		return serverStatement().getBigDecimal(index);
	}

	@Override
	public @Nullable Object getObject(int index, Map<String, Class<?>> map) throws SQLException {
		return serverStatement().getObject(index, map);
	}

	@Override
	public @Nullable Ref getRef(int index) throws SQLException {
		return serverStatement().getRef(index);
	}

	@Override
	public @Nullable Blob getBlob(int index) throws SQLException {
		return serverStatement().getBlob(index);
	}

	@Override
	public @Nullable Clob getClob(int index) throws SQLException {
		return serverStatement().getClob(index);
	}

	@Override
	public @Nullable Array getArray(int index) throws SQLException {
		return serverStatement().getArray(index);
	}

	@Override
	public @Nullable Date getDate(int index, Calendar calendar) throws SQLException {
		return serverStatement().getDate(index, calendar);
	}

	@Override
	public @Nullable Time getTime(int index, Calendar calendar) throws SQLException {
		return serverStatement().getTime(index, calendar);
	}

	@Override
	public @Nullable Timestamp getTimestamp(int index, Calendar calendar) throws SQLException {
		return serverStatement().getTimestamp(index, calendar);
	}

	@Override
	public void registerOutParameter(int index, int sqlType, String typeName) throws SQLException {
		serverStatement().registerOutParameter(index, sqlType, typeName);
	}

	@Override
	public void registerOutParameter(String name, int sqlType) throws SQLException {
		serverStatement().registerOutParameter(name, sqlType);
	}

	@Override
	public void registerOutParameter(String name, int sqlType, int scale) throws SQLException {
		serverStatement().registerOutParameter(name, sqlType, scale);
	}

	@Override
	public void registerOutParameter(String name, int sqlType, String typeName) throws SQLException {
		serverStatement().registerOutParameter(name, sqlType, typeName);
	}

	@Override
	public @Nullable URL getURL(int index) throws SQLException {
		return serverStatement().getURL(index);
	}

	@Override
	public void setURL(String name, @Nullable URL value) throws SQLException {
		serverStatement().setURL(name, value);
	}

	@Override
	public void setNull(String name, int sqlType) throws SQLException {
		serverStatement().setNull(name, sqlType);
	}

	@Override
	public void setBoolean(String name, boolean value) throws SQLException {
		serverStatement().setBoolean(name, value);
	}

	@Override
	public void setByte(String name, byte value) throws SQLException {
		serverStatement().setByte(name, value);
	}

	@Override
	public void setShort(String name, short value) throws SQLException {
		serverStatement().setShort(name, value);
	}

	@Override
	public void setInt(String name, int value) throws SQLException {
		serverStatement().setInt(name, value);
	}

	@Override
	public void setLong(String name, long value) throws SQLException {
		serverStatement().setLong(name, value);
	}

	@Override
	public void setFloat(String name, float value) throws SQLException {
		serverStatement().setFloat(name, value);
	}

	@Override
	public void setDouble(String name, double value) throws SQLException {
		serverStatement().setDouble(name, value);
	}

	@Override
	public void setBigDecimal(String name, @Nullable BigDecimal value) throws SQLException {
		serverStatement().setBigDecimal(name, value);
	}

	@Override
	public void setString(String name, @Nullable String value) throws SQLException {
		serverStatement().setString(name, value);
	}

	@Override
	public void setBytes(String name, byte @Nullable [] value) throws SQLException {
		serverStatement().setBytes(name, value);
	}

	@Override
	public void setDate(String name, @Nullable Date value) throws SQLException {
		serverStatement().setDate(name, value);
	}

	@Override
	public void setTime(String name, @Nullable Time value) throws SQLException {
		serverStatement().setTime(name, value);
	}

	@Override
	public void setTimestamp(String name, @Nullable Timestamp value) throws SQLException {
		serverStatement().setTimestamp(name, value);
	}

	@Override
	public void setAsciiStream(String name, @Nullable InputStream value, int length) throws SQLException {
		serverStatement().setAsciiStream(name, value, length);
	}

	@Override
	public void setBinaryStream(String name, @Nullable InputStream value, int length) throws SQLException {
		serverStatement().setBinaryStream(name, value, length);
	}

	@Override
	public void setObject(String name, @Nullable Object value, int targetSqlType, int scaleOrLength)
			throws SQLException {
		serverStatement().setObject(name, value, targetSqlType, scaleOrLength);
	}

	@Override
	public void setObject(String name, @Nullable Object value, int targetSqlType) throws SQLException {
		serverStatement().setObject(name, value, targetSqlType);
	}

	@Override
	public void setObject(String name, @Nullable Object value) throws SQLException {
		serverStatement().setObject(name, value);
	}

	@Override
	public void setCharacterStream(String name, @Nullable Reader value, int length) throws SQLException {
		serverStatement().setCharacterStream(name, value, length);
	}

	@Override
	public void setDate(String name, @Nullable Date value, Calendar calendar) throws SQLException {
		serverStatement().setDate(name, value, calendar);
	}

	@Override
	public void setTime(String name, @Nullable Time value, Calendar calendar) throws SQLException {
		serverStatement().setTime(name, value, calendar);
	}

	@Override
	public void setTimestamp(String name, @Nullable Timestamp value, Calendar calendar) throws SQLException {
		serverStatement().setTimestamp(name, value, calendar);
	}

	@Override
	public void setNull(String name, int sqlType, String typeName) throws SQLException {
		serverStatement().setNull(name, sqlType, typeName);
	}

	@Override
	public @Nullable String getString(String name) throws SQLException {
		return serverStatement().getString(name);
	}

	@Override
	public boolean getBoolean(String name) throws SQLException {
		return serverStatement().getBoolean(name);
	}

	@Override
	public byte getByte(String name) throws SQLException {
		return serverStatement().getByte(name);
	}

	@Override
	public short getShort(String name) throws SQLException {
		return serverStatement().getShort(name);
	}

	@Override
	public int getInt(String name) throws SQLException {
		return serverStatement().getInt(name);
	}

	@Override
	public long getLong(String name) throws SQLException {
		return serverStatement().getLong(name);
	}

	@Override
	public float getFloat(String name) throws SQLException {
		return serverStatement().getFloat(name);
	}

	@Override
	public double getDouble(String name) throws SQLException {
		return serverStatement().getDouble(name);
	}

	@Override
	public byte @Nullable [] getBytes(String name) throws SQLException {
		return serverStatement().getBytes(name);
	}

	@Override
	public @Nullable Date getDate(String name) throws SQLException {
		return serverStatement().getDate(name);
	}

	@Override
	public @Nullable Time getTime(String name) throws SQLException {
		return serverStatement().getTime(name);
	}

	@Override
	public @Nullable Timestamp getTimestamp(String name) throws SQLException {
		return serverStatement().getTimestamp(name);
	}

	@Override
	public @Nullable Object getObject(String name) throws SQLException {
		return serverStatement().getObject(name);
	}

	@Override
	public @Nullable BigDecimal getBigDecimal(String name) throws SQLException {
		return serverStatement().getBigDecimal(name);
	}

	@Override
	public @Nullable Object getObject(String name, Map<String, Class<?>> map) throws SQLException {
		return serverStatement().getObject(name, map);
	}

	@Override
	public @Nullable Ref getRef(String name) throws SQLException {
		return serverStatement().getRef(name);
	}

	@Override
	public @Nullable Blob getBlob(String name) throws SQLException {
		return serverStatement().getBlob(name);
	}

	@Override
	public @Nullable Clob getClob(String name) throws SQLException {
		return serverStatement().getClob(name);
	}

	@Override
	public @Nullable Array getArray(String name) throws SQLException {
		return serverStatement().getArray(name);
	}

	@Override
	public @Nullable Date getDate(String name, Calendar calendar) throws SQLException {
		return serverStatement().getDate(name, calendar);
	}

	@Override
	public @Nullable Time getTime(String name, Calendar calendar) throws SQLException {
		return serverStatement().getTime(name, calendar);
	}

	@Override
	public @Nullable Timestamp getTimestamp(String name, Calendar calendar) throws SQLException {
		return serverStatement().getTimestamp(name, calendar);
	}

	@Override
	public @Nullable URL getURL(String name) throws SQLException {
		return serverStatement().getURL(name);
	}

	@Override
	public @Nullable RowId getRowId(int index) throws SQLException {
		return serverStatement().getRowId(index);
	}

	@Override
	public @Nullable RowId getRowId(String name) throws SQLException {
		return serverStatement().getRowId(name);
	}

	@Override
	public void setRowId(String name, @Nullable RowId value) throws SQLException {
		serverStatement().setRowId(name, value);
	}

	@Override
	public void setNString(String name, @Nullable String value) throws SQLException {
		serverStatement().setNString(name, value);
	}

	@Override
	public void setNCharacterStream(String name, @Nullable Reader value, long length) throws SQLException {
		serverStatement().setNCharacterStream(name, value, length);
	}

	@Override
	public void setNClob(String name, @Nullable NClob value) throws SQLException {
		serverStatement().setNClob(name, value);
	}

	@Override
	public void setClob(String name, @Nullable Reader value, long length) throws SQLException {
		serverStatement().setClob(name, value, length);
	}

	@Override
	public void setBlob(String name, @Nullable InputStream value, long length) throws SQLException {
		serverStatement().setBlob(name, value, length);
	}

	@Override
	public void setNClob(String name, @Nullable Reader value, long length) throws SQLException {
		serverStatement().setNClob(name, value, length);
	}

	@Override
	public @Nullable NClob getNClob(int index) throws SQLException {
		return serverStatement().getNClob(index);
	}

	@Override
	public @Nullable NClob getNClob(String name) throws SQLException {
		return serverStatement().getNClob(name);
	}

	@Override
	public void setSQLXML(String name, @Nullable SQLXML value) throws SQLException {
		serverStatement().setSQLXML(name, value);
	}

	@Override
	public @Nullable SQLXML getSQLXML(int index) throws SQLException {
		return serverStatement().getSQLXML(index);
	}

	@Override
	public @Nullable SQLXML getSQLXML(String name) throws SQLException {
		return serverStatement().getSQLXML(name);
	}

	@Override
	public @Nullable String getNString(int index) throws SQLException {
		return serverStatement().getNString(index);
	}

	@Override
	public @Nullable String getNString(String name) throws SQLException {
		return serverStatement().getNString(name);
	}

	@Override
	public @Nullable Reader getNCharacterStream(int index) throws SQLException {
		return serverStatement().getNCharacterStream(index);
	}

	@Override
	public @Nullable Reader getNCharacterStream(String name) throws SQLException {
		return serverStatement().getNCharacterStream(name);
	}

	@Override
	public @Nullable Reader getCharacterStream(int index) throws SQLException {
		return serverStatement().getCharacterStream(index);
	}

	@Override
	public @Nullable Reader getCharacterStream(String name) throws SQLException {
		return serverStatement().getCharacterStream(name);
	}

	@Override
	public void setBlob(String name, @Nullable Blob value) throws SQLException {
		serverStatement().setBlob(name, value);
	}

	@Override
	public void setClob(String name, @Nullable Clob value) throws SQLException {
		serverStatement().setClob(name, value);
	}

	@Override
	public void setAsciiStream(String name, @Nullable InputStream value, long length) throws SQLException {
		serverStatement().setAsciiStream(name, value, length);
	}

	@Override
	public void setBinaryStream(String name, @Nullable InputStream value, long length) throws SQLException {
		serverStatement().setBinaryStream(name, value, length);
	}

	@Override
	public void setCharacterStream(String name, @Nullable Reader value, long length) throws SQLException {
		serverStatement().setCharacterStream(name, value, length);
	}

	@Override
	public void setAsciiStream(String name, @Nullable InputStream value) throws SQLException {
		serverStatement().setAsciiStream(name, value);
	}

	@Override
	public void setBinaryStream(String name, @Nullable InputStream value) throws SQLException {
		serverStatement().setBinaryStream(name, value);
	}

	@Override
	public void setCharacterStream(String name, @Nullable Reader value) throws SQLException {
		serverStatement().setCharacterStream(name, value);
	}

	@Override
	public void setNCharacterStream(String name, @Nullable Reader value) throws SQLException {
		serverStatement().setNCharacterStream(name, value);
	}

	@Override
	public void setClob(String name, @Nullable Reader value) throws SQLException {
		serverStatement().setClob(name, value);
	}

	@Override
	public void setBlob(String name, @Nullable InputStream value) throws SQLException {
		serverStatement().setBlob(name, value);
	}

	@Override
	public void setNClob(String name, @Nullable Reader value) throws SQLException {
		serverStatement().setNClob(name, value);
	}

	@Override
	public <T> @Nullable T getObject(int index, Class<T> type) throws SQLException {
		return serverStatement().getObject(index, type);
	}

	@Override
	public <T> @Nullable T getObject(String name, Class<T> type) throws SQLException {
		return serverStatement().getObject(name, type);
	}

	@Override
	public void setObject(String name, @Nullable Object value, SQLType targetSqlType, int scaleOrLength)
			throws SQLException {
		serverStatement().setObject(name, value, targetSqlType, scaleOrLength);
	}

	@Override
	public void setObject(String name, @Nullable Object value, SQLType targetSqlType) throws SQLException {
		serverStatement().setObject(name, value, targetSqlType);
	}

	@Override
	public void registerOutParameter(int index, SQLType sqlType) throws SQLException {
		serverStatement().registerOutParameter(index, sqlType);
	}

	@Override
	public void registerOutParameter(int index, SQLType sqlType, int scale) throws SQLException {
		serverStatement().registerOutParameter(index, sqlType, scale);
	}

	@Override
	public void registerOutParameter(int index, SQLType sqlType, String typeName) throws SQLException {
		serverStatement().registerOutParameter(index, sqlType, typeName);
	}

	@Override
	public void registerOutParameter(String name, SQLType sqlType) throws SQLException {
		serverStatement().registerOutParameter(name, sqlType);
	}

	@Override
	public void registerOutParameter(String name, SQLType sqlType, int scale) throws SQLException {
		serverStatement().registerOutParameter(name, sqlType, scale);
	}

	@Override
	public void registerOutParameter(String name, SQLType sqlType, String typeName) throws SQLException {
		serverStatement().registerOutParameter(name, sqlType, typeName);
	}

}
