package dev.tidemark.test;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/**
 * Executes single statements as the superuser, each on a connection of its own, and gives
 * up when the server does not answer.
 *
 * @param server the server to ask
 */
record SqlClient(PostgresServer server) {

	private static final long LOGIN_LIMIT_SECONDS = 30;

	/**
	 * Replay cancels any statement that might see rows which it has to remove.
	 */
	private static final String RECOVERY_CONFLICT = "40001";

	private static final int ATTEMPTS = 10;

	/**
	 * Execute a query for one value.
	 * @return the value as text
	 * @throws IllegalStateException when the server does not answer, or with an error
	 */
	String ask(String sql) {
		return execute(sql, (statement) -> {
			try (ResultSet result = statement.executeQuery(sql)) {
				result.next();
				return result.getString(1);
			}
		});
	}

	/**
	 * Whether a condition holds on the server.
	 * @throws IllegalStateException when the server does not answer, or with an error
	 */
	boolean holds(String condition) {
		return ask("select " + condition).equals("t");
	}

	/**
	 * Execute a statement for its effect.
	 * @throws IllegalStateException when the server does not answer, or with an error
	 */
	void execute(String sql) {
		execute(sql, (statement) -> statement.execute(sql));
	}

	private <T> T execute(String sql, Callback<T> callback) {
		for (int attempt = 1;; attempt++) {
			try {
				return executeOnce(callback);
			}
			catch (SQLException ex) {
				if (!RECOVERY_CONFLICT.equals(ex.getSQLState()) || attempt == ATTEMPTS) {
					throw new IllegalStateException(this.server.name() + " has not executed '" + sql + "': "
							+ ex.getMessage() + ". Its log: " + this.server.logFile(), ex);
				}
			}
		}
	}

	private <T> T executeOnce(Callback<T> callback) throws SQLException {
		Properties properties = new Properties();
		properties.setProperty("user", this.server.username());
		properties.setProperty("password", this.server.password());
		properties.setProperty("sslmode", "disable");
		properties.setProperty("gssEncMode", "disable");
		properties.setProperty("loginTimeout", Long.toString(LOGIN_LIMIT_SECONDS));
		properties.setProperty("socketTimeout", Long.toString(2 * Await.LIMIT.toSeconds()));
		properties.setProperty("ApplicationName", "tidemark-test");
		try (Connection connection = DriverManager.getConnection(this.server.jdbcUrl(), properties);
				Statement statement = connection.createStatement()) {
			return callback.run(statement);
		}
	}

	@FunctionalInterface
	private interface Callback<T> {

		T run(Statement statement) throws SQLException;

	}

}
