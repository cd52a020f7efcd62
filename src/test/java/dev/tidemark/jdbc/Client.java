package dev.tidemark.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import javax.sql.DataSource;

/**
 * A program on one connection, that writes down what it sees.
 */
final class Client implements AutoCloseable {

	private final DataSource dataSource;

	private final Transcript transcript;

	private final Connection connection;

	Client(DataSource dataSource, Transcript transcript) throws SQLException {
		this.dataSource = dataSource;
		this.transcript = transcript;
		this.connection = dataSource.getConnection();
	}

	Connection connection() {
		return this.connection;
	}

	/**
	 * Return a client with another connection.
	 */
	Client another() throws SQLException {
		return new Client(this.dataSource, this.transcript);
	}

	/**
	 * Do something that has a result.
	 */
	Client step(String name, Callable<?> action) {
		this.transcript.add(name, action);
		return this;
	}

	/**
	 * Do something that has no result.
	 */
	Client does(String name, Action action) {
		return step(name, () -> {
			action.run();
			return "done";
		});
	}

	/**
	 * Execute statements, each on a JDBC statement of its own.
	 */
	Client sql(String... statements) {
		for (String sql : statements) {
			step(sql, () -> {
				try (Statement statement = this.connection.createStatement()) {
					return results(statement, statement.execute(sql));
				}
			});
		}
		return this;
	}

	/**
	 * Prepare, execute and close a statement.
	 */
	Client prepared(String sql, Object... parameters) {
		return step(sql, () -> {
			try (PreparedStatement statement = this.connection.prepareStatement(sql)) {
				return executed(statement, parameters);
			}
		});
	}

	static String executed(PreparedStatement statement, Object... parameters) throws Exception {
		for (int i = 0; i < parameters.length; i++) {
			statement.setObject(i + 1, parameters[i]);
		}
		return results(statement, statement.execute());
	}

	/**
	 * Return all results of a statement.
	 */
	static String results(Statement statement, boolean rows) throws Exception {
		List<String> results = new ArrayList<>();
		boolean hasRows = rows;
		while (hasRows || statement.getUpdateCount() != -1) {
			results.add(hasRows ? Outcome.describe(statement.getResultSet()) : "count " + statement.getUpdateCount());
			hasRows = statement.getMoreResults();
		}
		return results.toString();
	}

	Client readWrite() {
		return does("read-write", () -> {
			this.connection.setReadOnly(false);
			this.connection.setAutoCommit(false);
		});
	}

	Client readOnly() {
		return does("read-only", () -> {
			this.connection.setReadOnly(true);
			this.connection.setAutoCommit(false);
		});
	}

	Client autoCommit(boolean autoCommit) {
		return does("auto-commit " + autoCommit, () -> this.connection.setAutoCommit(autoCommit));
	}

	Client isolation(int level) {
		return does("isolation " + level, () -> this.connection.setTransactionIsolation(level));
	}

	Client commit() {
		return does("commit", this.connection::commit);
	}

	Client rollback() {
		return does("rollback", this.connection::rollback);
	}

	/**
	 * Write down what the connection says of itself.
	 */
	Client state() {
		return step("state",
				() -> this.connection.getAutoCommit() + " " + this.connection.isReadOnly() + " "
						+ this.connection.getTransactionIsolation() + " " + this.connection.getHoldability() + " "
						+ this.connection.getSchema() + " " + this.connection.getNetworkTimeout() + " "
						+ this.connection.getClientInfo("ApplicationName"));
	}

	@Override
	public void close() {
		does("close", this.connection::close);
	}

	interface Action {

		void run() throws Exception;

	}

}
