package dev.tidemark.jdbc;

import java.io.InputStream;
import java.io.Reader;
import java.lang.reflect.InvocationTargetException;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Wrapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;

/**
 * What a call came to, in a form that can be compared between two connections.
 */
final class Outcome {

	private Outcome() {
	}

	static String of(Callable<?> call) {
		try {
			return describe(call.call());
		}
		catch (InvocationTargetException ex) {
			return describe(ex.getTargetException());
		}
		catch (Throwable ex) {
			return describe(ex);
		}
	}

	private static String describe(Throwable thrown) {
		if (thrown instanceof SQLException ex) {
			return "throws " + ex.getClass().getName() + " " + ex.getSQLState();
		}
		return "throws " + thrown.getClass().getName() + ((thrown.getCause() instanceof SQLException cause)
				? " because of " + cause.getClass().getName() + " " + cause.getSQLState() : "");
	}

	static String describe(Object value) throws Exception {
		if (value == null) {
			return "null";
		}
		if (value instanceof ResultSet rows) {
			return describe(rows);
		}
		if (value instanceof Connection connection) {
			return "connection, closed: " + connection.isClosed();
		}
		if (value instanceof Statement statement) {
			return "statement, closed: " + statement.isClosed();
		}
		if (value instanceof DatabaseMetaData metaData) {
			return "metadata of " + metaData.getDatabaseProductName();
		}
		if (value instanceof Array array) {
			return "array " + Arrays.deepToString((Object[]) array.getArray());
		}
		if (value instanceof Blob || value instanceof Clob) {
			return "a large object";
		}
		if (value instanceof byte[] bytes) {
			return "bytes " + Arrays.toString(bytes);
		}
		if (value instanceof int[] numbers) {
			return "ints " + Arrays.toString(numbers);
		}
		if (value instanceof long[] numbers) {
			return "longs " + Arrays.toString(numbers);
		}
		if (value instanceof InputStream stream) {
			return "stream " + Arrays.toString(stream.readAllBytes());
		}
		if (value instanceof Reader reader) {
			return "reader of " + (char) reader.read();
		}
		if (value instanceof Savepoint || value instanceof Wrapper) {
			return "a " + value.getClass().getSimpleName();
		}
		if (value instanceof Properties properties) {
			return properties.stringPropertyNames().toString();
		}
		return value.getClass().getSimpleName() + " " + value.toString().replaceAll("@[0-9a-f]+", "");
	}

	private static String describe(ResultSet rows) throws SQLException {
		List<String> found = new ArrayList<>();
		int columns = rows.getMetaData().getColumnCount();
		for (int column = 1; column <= columns; column++) {
			found.add(rows.getMetaData().getColumnLabel(column) + " " + rows.getMetaData().getColumnTypeName(column));
		}
		while (rows.next()) {
			for (int column = 1; column <= columns; column++) {
				found.add(rows.getString(column));
			}
		}
		return "rows " + found;
	}

}
