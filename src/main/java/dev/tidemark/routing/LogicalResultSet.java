package dev.tidemark.routing;

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLWarning;
import java.sql.SQLXML;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The rows of a statement. Leads back to the logical statement and connection, never to
 * the pool's.
 */
final class LogicalResultSet implements ResultSet {

	static final String WHAT = "This result set";

	private final LogicalConnection connection;

	private final ServerConnection server;

	private final @Nullable LogicalStatement<?> statement;

	private final ResultSet rows;

	LogicalResultSet(LogicalConnection connection, ServerConnection server, @Nullable LogicalStatement<?> statement,
			ResultSet rows) {
		this.connection = connection;
		this.server = server;
		this.statement = statement;
		this.rows = rows;
	}

	@Override
	public @Nullable Statement getStatement() throws SQLException {
		return this.statement;
	}

	@Override
	public void insertRow() throws SQLException {
		this.connection.transaction().modify(this.server, this.rows::insertRow);
	}

	@Override
	public void updateRow() throws SQLException {
		this.connection.transaction().modify(this.server, this.rows::updateRow);
	}

	@Override
	public void deleteRow() throws SQLException {
		this.connection.transaction().modify(this.server, this.rows::deleteRow);
	}

	/**
	 * The driver asks for the key of the rows when they are changed first, and for a row
	 * that is read again.
	 */
	private ResultSet touched() throws SQLException {
		this.connection.transaction().touch(this.server, WHAT);
		return this.rows;
	}

	private <T extends @Nullable Object> T lob(T value) {
		return LogicalLob.bind(this.connection.transaction(), this.server, value);
	}

	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		if (type.isInstance(this)) {
			return type.cast(this);
		}
		T found = this.rows.unwrap(type);
		this.connection.transaction().handedOut();
		return found;
	}

	@Override
	public boolean isWrapperFor(Class<?> type) throws SQLException {
		return type.isInstance(this) || this.rows.isWrapperFor(type);
	}

	// Delegation

	@Override
	public boolean next() throws SQLException {
		return this.rows.next();
	}

	@Override
	public void close() throws SQLException {
		this.rows.close();
	}

	@Override
	public boolean wasNull() throws SQLException {
		return this.rows.wasNull();
	}

	@Override
	public @Nullable String getString(int index) throws SQLException {
		return this.rows.getString(index);
	}

	@Override
	public boolean getBoolean(int index) throws SQLException {
		return this.rows.getBoolean(index);
	}

	@Override
	public byte getByte(int index) throws SQLException {
		return this.rows.getByte(index);
	}

	@Override
	public short getShort(int index) throws SQLException {
		return this.rows.getShort(index);
	}

	@Override
	public int getInt(int index) throws SQLException {
		return this.rows.getInt(index);
	}

	@Override
	public long getLong(int index) throws SQLException {
		return this.rows.getLong(index);
	}

	@Override
	public float getFloat(int index) throws SQLException {
		return this.rows.getFloat(index);
	}

	@Override
	public double getDouble(int index) throws SQLException {
		return this.rows.getDouble(index);
	}

	@Override
	@Deprecated
	public @Nullable BigDecimal getBigDecimal(int index, int scale) throws SQLException {
		return this.rows.getBigDecimal(index, scale);
	}

	@Override
	public byte @Nullable [] getBytes(int index) throws SQLException {
		return this.rows.getBytes(index);
	}

	@Override
	public @Nullable Date getDate(int index) throws SQLException {
		return this.rows.getDate(index);
	}

	@Override
	public @Nullable Time getTime(int index) throws SQLException {
		return this.rows.getTime(index);
	}

	@Override
	public @Nullable Timestamp getTimestamp(int index) throws SQLException {
		return this.rows.getTimestamp(index);
	}

	@Override
	public @Nullable InputStream getAsciiStream(int index) throws SQLException {
		return this.rows.getAsciiStream(index);
	}

	@Override
	@Deprecated
	public @Nullable InputStream getUnicodeStream(int index) throws SQLException {
		return this.rows.getUnicodeStream(index);
	}

	@Override
	public @Nullable InputStream getBinaryStream(int index) throws SQLException {
		return this.rows.getBinaryStream(index);
	}

	@Override
	public @Nullable String getString(String label) throws SQLException {
		return this.rows.getString(label);
	}

	@Override
	public boolean getBoolean(String label) throws SQLException {
		return this.rows.getBoolean(label);
	}

	@Override
	public byte getByte(String label) throws SQLException {
		return this.rows.getByte(label);
	}

	@Override
	public short getShort(String label) throws SQLException {
		return this.rows.getShort(label);
	}

	@Override
	public int getInt(String label) throws SQLException {
		return this.rows.getInt(label);
	}

	@Override
	public long getLong(String label) throws SQLException {
		return this.rows.getLong(label);
	}

	@Override
	public float getFloat(String label) throws SQLException {
		return this.rows.getFloat(label);
	}

	@Override
	public double getDouble(String label) throws SQLException {
		return this.rows.getDouble(label);
	}

	@Override
	@Deprecated
	public @Nullable BigDecimal getBigDecimal(String label, int scale) throws SQLException {
		return this.rows.getBigDecimal(label, scale);
	}

	@Override
	public byte @Nullable [] getBytes(String label) throws SQLException {
		return this.rows.getBytes(label);
	}

	@Override
	public @Nullable Date getDate(String label) throws SQLException {
		return this.rows.getDate(label);
	}

	@Override
	public @Nullable Time getTime(String label) throws SQLException {
		return this.rows.getTime(label);
	}

	@Override
	public @Nullable Timestamp getTimestamp(String label) throws SQLException {
		return this.rows.getTimestamp(label);
	}

	@Override
	public @Nullable InputStream getAsciiStream(String label) throws SQLException {
		return this.rows.getAsciiStream(label);
	}

	@Override
	@Deprecated
	public @Nullable InputStream getUnicodeStream(String label) throws SQLException {
		return this.rows.getUnicodeStream(label);
	}

	@Override
	public @Nullable InputStream getBinaryStream(String label) throws SQLException {
		return this.rows.getBinaryStream(label);
	}

	@Override
	public @Nullable SQLWarning getWarnings() throws SQLException {
		return this.rows.getWarnings();
	}

	@Override
	public void clearWarnings() throws SQLException {
		this.rows.clearWarnings();
	}

	@Override
	public @Nullable String getCursorName() throws SQLException {
		return this.rows.getCursorName();
	}

	@Override
	public ResultSetMetaData getMetaData() throws SQLException {
		this.connection.transaction().expectQuestion(this.server);
		return this.rows.getMetaData();
	}

	@Override
	public @Nullable Object getObject(int index) throws SQLException {
		return lob(this.rows.getObject(index));
	}

	@Override
	public @Nullable Object getObject(String label) throws SQLException {
		return lob(this.rows.getObject(label));
	}

	@Override
	public int findColumn(String label) throws SQLException {
		return this.rows.findColumn(label);
	}

	@Override
	public @Nullable Reader getCharacterStream(int index) throws SQLException {
		return this.rows.getCharacterStream(index);
	}

	@Override
	public @Nullable Reader getCharacterStream(String label) throws SQLException {
		return this.rows.getCharacterStream(label);
	}

	@Override
	public @Nullable BigDecimal getBigDecimal(int index) throws SQLException {
		return this.rows.getBigDecimal(index);
	}

	@Override
	public @Nullable BigDecimal getBigDecimal(String label) throws SQLException {
		return this.rows.getBigDecimal(label);
	}

	@Override
	public boolean isBeforeFirst() throws SQLException {
		return this.rows.isBeforeFirst();
	}

	@Override
	public boolean isAfterLast() throws SQLException {
		return this.rows.isAfterLast();
	}

	@Override
	public boolean isFirst() throws SQLException {
		return this.rows.isFirst();
	}

	@Override
	public boolean isLast() throws SQLException {
		return this.rows.isLast();
	}

	@Override
	public void beforeFirst() throws SQLException {
		this.rows.beforeFirst();
	}

	@Override
	public void afterLast() throws SQLException {
		this.rows.afterLast();
	}

	@Override
	public boolean first() throws SQLException {
		return this.rows.first();
	}

	@Override
	public boolean last() throws SQLException {
		return this.rows.last();
	}

	@Override
	public int getRow() throws SQLException {
		return this.rows.getRow();
	}

	@Override
	public boolean absolute(int row) throws SQLException {
		return this.rows.absolute(row);
	}

	@Override
	public boolean relative(int rows) throws SQLException {
		return this.rows.relative(rows);
	}

	@Override
	public boolean previous() throws SQLException {
		return this.rows.previous();
	}

	@Override
	public void setFetchDirection(int direction) throws SQLException {
		this.rows.setFetchDirection(direction);
	}

	@Override
	public int getFetchDirection() throws SQLException {
		return this.rows.getFetchDirection();
	}

	@Override
	public void setFetchSize(int rows) throws SQLException {
		this.rows.setFetchSize(rows);
	}

	@Override
	public int getFetchSize() throws SQLException {
		return this.rows.getFetchSize();
	}

	@Override
	public int getType() throws SQLException {
		return this.rows.getType();
	}

	@Override
	public int getConcurrency() throws SQLException {
		return this.rows.getConcurrency();
	}

	@Override
	public boolean rowUpdated() throws SQLException {
		return this.rows.rowUpdated();
	}

	@Override
	public boolean rowInserted() throws SQLException {
		return this.rows.rowInserted();
	}

	@Override
	public boolean rowDeleted() throws SQLException {
		return this.rows.rowDeleted();
	}

	@Override
	public void updateNull(int index) throws SQLException {
		touched().updateNull(index);
	}

	@Override
	public void updateBoolean(int index, boolean value) throws SQLException {
		touched().updateBoolean(index, value);
	}

	@Override
	public void updateByte(int index, byte value) throws SQLException {
		touched().updateByte(index, value);
	}

	@Override
	public void updateShort(int index, short value) throws SQLException {
		touched().updateShort(index, value);
	}

	@Override
	public void updateInt(int index, int value) throws SQLException {
		touched().updateInt(index, value);
	}

	@Override
	public void updateLong(int index, long value) throws SQLException {
		touched().updateLong(index, value);
	}

	@Override
	public void updateFloat(int index, float value) throws SQLException {
		touched().updateFloat(index, value);
	}

	@Override
	public void updateDouble(int index, double value) throws SQLException {
		touched().updateDouble(index, value);
	}

	@Override
	public void updateBigDecimal(int index, @Nullable BigDecimal value) throws SQLException {
		touched().updateBigDecimal(index, value);
	}

	@Override
	public void updateString(int index, @Nullable String value) throws SQLException {
		touched().updateString(index, value);
	}

	@Override
	public void updateBytes(int index, byte @Nullable [] value) throws SQLException {
		touched().updateBytes(index, value);
	}

	@Override
	public void updateDate(int index, @Nullable Date value) throws SQLException {
		touched().updateDate(index, value);
	}

	@Override
	public void updateTime(int index, @Nullable Time value) throws SQLException {
		touched().updateTime(index, value);
	}

	@Override
	public void updateTimestamp(int index, @Nullable Timestamp value) throws SQLException {
		touched().updateTimestamp(index, value);
	}

	@Override
	public void updateAsciiStream(int index, @Nullable InputStream value, int length) throws SQLException {
		touched().updateAsciiStream(index, value, length);
	}

	@Override
	public void updateBinaryStream(int index, @Nullable InputStream value, int length) throws SQLException {
		touched().updateBinaryStream(index, value, length);
	}

	@Override
	public void updateCharacterStream(int index, @Nullable Reader value, int length) throws SQLException {
		touched().updateCharacterStream(index, value, length);
	}

	@Override
	public void updateObject(int index, @Nullable Object value, int scaleOrLength) throws SQLException {
		touched().updateObject(index, value, scaleOrLength);
	}

	@Override
	public void updateObject(int index, @Nullable Object value) throws SQLException {
		touched().updateObject(index, value);
	}

	@Override
	public void updateNull(String label) throws SQLException {
		touched().updateNull(label);
	}

	@Override
	public void updateBoolean(String label, boolean value) throws SQLException {
		touched().updateBoolean(label, value);
	}

	@Override
	public void updateByte(String label, byte value) throws SQLException {
		touched().updateByte(label, value);
	}

	@Override
	public void updateShort(String label, short value) throws SQLException {
		touched().updateShort(label, value);
	}

	@Override
	public void updateInt(String label, int value) throws SQLException {
		touched().updateInt(label, value);
	}

	@Override
	public void updateLong(String label, long value) throws SQLException {
		touched().updateLong(label, value);
	}

	@Override
	public void updateFloat(String label, float value) throws SQLException {
		touched().updateFloat(label, value);
	}

	@Override
	public void updateDouble(String label, double value) throws SQLException {
		touched().updateDouble(label, value);
	}

	@Override
	public void updateBigDecimal(String label, @Nullable BigDecimal value) throws SQLException {
		touched().updateBigDecimal(label, value);
	}

	@Override
	public void updateString(String label, @Nullable String value) throws SQLException {
		touched().updateString(label, value);
	}

	@Override
	public void updateBytes(String label, byte @Nullable [] value) throws SQLException {
		touched().updateBytes(label, value);
	}

	@Override
	public void updateDate(String label, @Nullable Date value) throws SQLException {
		touched().updateDate(label, value);
	}

	@Override
	public void updateTime(String label, @Nullable Time value) throws SQLException {
		touched().updateTime(label, value);
	}

	@Override
	public void updateTimestamp(String label, @Nullable Timestamp value) throws SQLException {
		touched().updateTimestamp(label, value);
	}

	@Override
	public void updateAsciiStream(String label, @Nullable InputStream value, int length) throws SQLException {
		touched().updateAsciiStream(label, value, length);
	}

	@Override
	public void updateBinaryStream(String label, @Nullable InputStream value, int length) throws SQLException {
		touched().updateBinaryStream(label, value, length);
	}

	@Override
	public void updateCharacterStream(String label, @Nullable Reader value, int length) throws SQLException {
		touched().updateCharacterStream(label, value, length);
	}

	@Override
	public void updateObject(String label, @Nullable Object value, int scaleOrLength) throws SQLException {
		touched().updateObject(label, value, scaleOrLength);
	}

	@Override
	public void updateObject(String label, @Nullable Object value) throws SQLException {
		touched().updateObject(label, value);
	}

	@Override
	public void refreshRow() throws SQLException {
		touched().refreshRow();
	}

	@Override
	public void cancelRowUpdates() throws SQLException {
		this.rows.cancelRowUpdates();
	}

	@Override
	public void moveToInsertRow() throws SQLException {
		touched().moveToInsertRow();
	}

	@Override
	public void moveToCurrentRow() throws SQLException {
		this.rows.moveToCurrentRow();
	}

	@Override
	public @Nullable Object getObject(int index, Map<String, Class<?>> map) throws SQLException {
		return lob(this.rows.getObject(index, map));
	}

	@Override
	public @Nullable Ref getRef(int index) throws SQLException {
		return this.rows.getRef(index);
	}

	@Override
	public @Nullable Blob getBlob(int index) throws SQLException {
		return lob(this.rows.getBlob(index));
	}

	@Override
	public @Nullable Clob getClob(int index) throws SQLException {
		return lob(this.rows.getClob(index));
	}

	@Override
	public @Nullable Array getArray(int index) throws SQLException {
		return this.rows.getArray(index);
	}

	@Override
	public @Nullable Object getObject(String label, Map<String, Class<?>> map) throws SQLException {
		return lob(this.rows.getObject(label, map));
	}

	@Override
	public @Nullable Ref getRef(String label) throws SQLException {
		return this.rows.getRef(label);
	}

	@Override
	public @Nullable Blob getBlob(String label) throws SQLException {
		return lob(this.rows.getBlob(label));
	}

	@Override
	public @Nullable Clob getClob(String label) throws SQLException {
		return lob(this.rows.getClob(label));
	}

	@Override
	public @Nullable Array getArray(String label) throws SQLException {
		return this.rows.getArray(label);
	}

	@Override
	public @Nullable Date getDate(int index, Calendar calendar) throws SQLException {
		return this.rows.getDate(index, calendar);
	}

	@Override
	public @Nullable Date getDate(String label, Calendar calendar) throws SQLException {
		return this.rows.getDate(label, calendar);
	}

	@Override
	public @Nullable Time getTime(int index, Calendar calendar) throws SQLException {
		return this.rows.getTime(index, calendar);
	}

	@Override
	public @Nullable Time getTime(String label, Calendar calendar) throws SQLException {
		return this.rows.getTime(label, calendar);
	}

	@Override
	public @Nullable Timestamp getTimestamp(int index, Calendar calendar) throws SQLException {
		return this.rows.getTimestamp(index, calendar);
	}

	@Override
	public @Nullable Timestamp getTimestamp(String label, Calendar calendar) throws SQLException {
		return this.rows.getTimestamp(label, calendar);
	}

	@Override
	public @Nullable URL getURL(int index) throws SQLException {
		return this.rows.getURL(index);
	}

	@Override
	public @Nullable URL getURL(String label) throws SQLException {
		return this.rows.getURL(label);
	}

	@Override
	public void updateRef(int index, @Nullable Ref value) throws SQLException {
		touched().updateRef(index, value);
	}

	@Override
	public void updateRef(String label, @Nullable Ref value) throws SQLException {
		touched().updateRef(label, value);
	}

	@Override
	public void updateBlob(int index, @Nullable Blob value) throws SQLException {
		touched().updateBlob(index, value);
	}

	@Override
	public void updateBlob(String label, @Nullable Blob value) throws SQLException {
		touched().updateBlob(label, value);
	}

	@Override
	public void updateClob(int index, @Nullable Clob value) throws SQLException {
		touched().updateClob(index, value);
	}

	@Override
	public void updateClob(String label, @Nullable Clob value) throws SQLException {
		touched().updateClob(label, value);
	}

	@Override
	public void updateArray(int index, @Nullable Array value) throws SQLException {
		touched().updateArray(index, value);
	}

	@Override
	public void updateArray(String label, @Nullable Array value) throws SQLException {
		touched().updateArray(label, value);
	}

	@Override
	public @Nullable RowId getRowId(int index) throws SQLException {
		return this.rows.getRowId(index);
	}

	@Override
	public @Nullable RowId getRowId(String label) throws SQLException {
		return this.rows.getRowId(label);
	}

	@Override
	public void updateRowId(int index, @Nullable RowId value) throws SQLException {
		touched().updateRowId(index, value);
	}

	@Override
	public void updateRowId(String label, @Nullable RowId value) throws SQLException {
		touched().updateRowId(label, value);
	}

	@Override
	public int getHoldability() throws SQLException {
		return this.rows.getHoldability();
	}

	@Override
	public boolean isClosed() throws SQLException {
		return this.rows.isClosed();
	}

	@Override
	public void updateNString(int index, @Nullable String value) throws SQLException {
		touched().updateNString(index, value);
	}

	@Override
	public void updateNString(String label, @Nullable String value) throws SQLException {
		touched().updateNString(label, value);
	}

	@Override
	public void updateNClob(int index, @Nullable NClob value) throws SQLException {
		touched().updateNClob(index, value);
	}

	@Override
	public void updateNClob(String label, @Nullable NClob value) throws SQLException {
		touched().updateNClob(label, value);
	}

	@Override
	public @Nullable NClob getNClob(int index) throws SQLException {
		return lob(this.rows.getNClob(index));
	}

	@Override
	public @Nullable NClob getNClob(String label) throws SQLException {
		return lob(this.rows.getNClob(label));
	}

	@Override
	public @Nullable SQLXML getSQLXML(int index) throws SQLException {
		return this.rows.getSQLXML(index);
	}

	@Override
	public @Nullable SQLXML getSQLXML(String label) throws SQLException {
		return this.rows.getSQLXML(label);
	}

	@Override
	public void updateSQLXML(int index, @Nullable SQLXML value) throws SQLException {
		touched().updateSQLXML(index, value);
	}

	@Override
	public void updateSQLXML(String label, @Nullable SQLXML value) throws SQLException {
		touched().updateSQLXML(label, value);
	}

	@Override
	public @Nullable String getNString(int index) throws SQLException {
		return this.rows.getNString(index);
	}

	@Override
	public @Nullable String getNString(String label) throws SQLException {
		return this.rows.getNString(label);
	}

	@Override
	public @Nullable Reader getNCharacterStream(int index) throws SQLException {
		return this.rows.getNCharacterStream(index);
	}

	@Override
	public @Nullable Reader getNCharacterStream(String label) throws SQLException {
		return this.rows.getNCharacterStream(label);
	}

	@Override
	public void updateNCharacterStream(int index, @Nullable Reader value, long length) throws SQLException {
		touched().updateNCharacterStream(index, value, length);
	}

	@Override
	public void updateNCharacterStream(String label, @Nullable Reader value, long length) throws SQLException {
		touched().updateNCharacterStream(label, value, length);
	}

	@Override
	public void updateAsciiStream(int index, @Nullable InputStream value, long length) throws SQLException {
		touched().updateAsciiStream(index, value, length);
	}

	@Override
	public void updateBinaryStream(int index, @Nullable InputStream value, long length) throws SQLException {
		touched().updateBinaryStream(index, value, length);
	}

	@Override
	public void updateCharacterStream(int index, @Nullable Reader value, long length) throws SQLException {
		touched().updateCharacterStream(index, value, length);
	}

	@Override
	public void updateAsciiStream(String label, @Nullable InputStream value, long length) throws SQLException {
		touched().updateAsciiStream(label, value, length);
	}

	@Override
	public void updateBinaryStream(String label, @Nullable InputStream value, long length) throws SQLException {
		touched().updateBinaryStream(label, value, length);
	}

	@Override
	public void updateCharacterStream(String label, @Nullable Reader value, long length) throws SQLException {
		touched().updateCharacterStream(label, value, length);
	}

	@Override
	public void updateBlob(int index, @Nullable InputStream value, long length) throws SQLException {
		touched().updateBlob(index, value, length);
	}

	@Override
	public void updateBlob(String label, @Nullable InputStream value, long length) throws SQLException {
		touched().updateBlob(label, value, length);
	}

	@Override
	public void updateClob(int index, @Nullable Reader value, long length) throws SQLException {
		touched().updateClob(index, value, length);
	}

	@Override
	public void updateClob(String label, @Nullable Reader value, long length) throws SQLException {
		touched().updateClob(label, value, length);
	}

	@Override
	public void updateNClob(int index, @Nullable Reader value, long length) throws SQLException {
		touched().updateNClob(index, value, length);
	}

	@Override
	public void updateNClob(String label, @Nullable Reader value, long length) throws SQLException {
		touched().updateNClob(label, value, length);
	}

	@Override
	public void updateNCharacterStream(int index, @Nullable Reader value) throws SQLException {
		touched().updateNCharacterStream(index, value);
	}

	@Override
	public void updateNCharacterStream(String label, @Nullable Reader value) throws SQLException {
		touched().updateNCharacterStream(label, value);
	}

	@Override
	public void updateAsciiStream(int index, @Nullable InputStream value) throws SQLException {
		touched().updateAsciiStream(index, value);
	}

	@Override
	public void updateBinaryStream(int index, @Nullable InputStream value) throws SQLException {
		touched().updateBinaryStream(index, value);
	}

	@Override
	public void updateCharacterStream(int index, @Nullable Reader value) throws SQLException {
		touched().updateCharacterStream(index, value);
	}

	@Override
	public void updateAsciiStream(String label, @Nullable InputStream value) throws SQLException {
		touched().updateAsciiStream(label, value);
	}

	@Override
	public void updateBinaryStream(String label, @Nullable InputStream value) throws SQLException {
		touched().updateBinaryStream(label, value);
	}

	@Override
	public void updateCharacterStream(String label, @Nullable Reader value) throws SQLException {
		touched().updateCharacterStream(label, value);
	}

	@Override
	public void updateBlob(int index, @Nullable InputStream value) throws SQLException {
		touched().updateBlob(index, value);
	}

	@Override
	public void updateBlob(String label, @Nullable InputStream value) throws SQLException {
		touched().updateBlob(label, value);
	}

	@Override
	public void updateClob(int index, @Nullable Reader value) throws SQLException {
		touched().updateClob(index, value);
	}

	@Override
	public void updateClob(String label, @Nullable Reader value) throws SQLException {
		touched().updateClob(label, value);
	}

	@Override
	public void updateNClob(int index, @Nullable Reader value) throws SQLException {
		touched().updateNClob(index, value);
	}

	@Override
	public void updateNClob(String label, @Nullable Reader value) throws SQLException {
		touched().updateNClob(label, value);
	}

	@Override
	public <T> @Nullable T getObject(int index, Class<T> type) throws SQLException {
		return lob(this.rows.getObject(index, type));
	}

	@Override
	public <T> @Nullable T getObject(String label, Class<T> type) throws SQLException {
		return lob(this.rows.getObject(label, type));
	}

	@Override
	public void updateObject(int index, @Nullable Object value, SQLType targetSqlType, int scaleOrLength)
			throws SQLException {
		touched().updateObject(index, value, targetSqlType, scaleOrLength);
	}

	@Override
	public void updateObject(String label, @Nullable Object value, SQLType targetSqlType, int scaleOrLength)
			throws SQLException {
		touched().updateObject(label, value, targetSqlType, scaleOrLength);
	}

	@Override
	public void updateObject(int index, @Nullable Object value, SQLType targetSqlType) throws SQLException {
		touched().updateObject(index, value, targetSqlType);
	}

	@Override
	public void updateObject(String label, @Nullable Object value, SQLType targetSqlType) throws SQLException {
		touched().updateObject(label, value, targetSqlType);
	}

}
