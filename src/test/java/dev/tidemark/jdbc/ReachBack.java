package dev.tidemark.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Whether what a connection has handed out leads back to that connection, and to none
 * behind it.
 */
final class ReachBack {

	private ReachBack() {
	}

	/**
	 * Return a complaint, empty if there is none.
	 */
	static String check(Connection connection, Object target) throws SQLException {
		Object found = connection;
		if (target instanceof Statement statement && !statement.isClosed()) {
			found = statement.getConnection();
		}
		else if (target instanceof DatabaseMetaData metaData) {
			found = metaData.getConnection();
		}
		else if (target instanceof ResultSet rows && !rows.isClosed()) {
			found = rows.getStatement().getConnection();
		}
		return (found == connection) ? "" : ", but leads back to " + found;
	}

}
