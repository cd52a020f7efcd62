package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Restores the schemas that a connection searches, which no pool does unless it is told
 * the schema.
 */
final class SearchPath {

	private SearchPath() {
	}

	static SqlAction<Connection> capture(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("SHOW search_path")) {
			row.next();
			String before = row.getString(1);
			return (restored) -> restore(restored, before);
		}
	}

	private static void restore(Connection connection, String searchPath) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute("SET search_path TO " + (searchPath.isEmpty() ? "''" : searchPath));
		}
	}

}
