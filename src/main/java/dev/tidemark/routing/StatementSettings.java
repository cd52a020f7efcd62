package dev.tidemark.routing;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * What an application has set on a logical statement, to be set on each server's
 * statement that it becomes. Refuses what the driver refuses. Not thread-safe.
 */
final class StatementSettings {

	private final int type;

	private final int concurrency;

	private @Nullable Integer maxFieldSize;

	private @Nullable Integer maxRows;

	private @Nullable Integer queryTimeout;

	private @Nullable Integer fetchSize;

	private @Nullable Integer fetchDirection;

	private @Nullable Boolean escapeProcessing;

	private @Nullable Boolean poolable;

	private boolean closeOnCompletion;

	private StatementSettings(int type, int concurrency) {
		this.type = type;
		this.concurrency = concurrency;
	}

	static StatementSettings plain() {
		return new StatementSettings(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
	}

	/**
	 * Create settings of a statement that is created at once, so that the driver checks
	 * them.
	 * @param type the type of the results
	 * @param concurrency the concurrency of the results
	 * @return the settings
	 */
	static StatementSettings unchecked(int type, int concurrency) {
		return new StatementSettings(type, concurrency);
	}

	/**
	 * Create settings.
	 * @param type the type of the results
	 * @param concurrency the concurrency of the results
	 * @return the settings
	 * @throws SQLException if one of them does not exist
	 */
	static StatementSettings of(int type, int concurrency) throws SQLException {
		check(type, "type", ResultSet.TYPE_FORWARD_ONLY, ResultSet.TYPE_SCROLL_SENSITIVE);
		check(concurrency, "concurrency", ResultSet.CONCUR_READ_ONLY, ResultSet.CONCUR_UPDATABLE);
		return new StatementSettings(type, concurrency);
	}

	/**
	 * Create settings.
	 * @param type the type of the results
	 * @param concurrency the concurrency of the results
	 * @param holdability the holdability of the results
	 * @return the settings
	 * @throws SQLException if one of them does not exist
	 */
	static StatementSettings of(int type, int concurrency, int holdability) throws SQLException {
		check(holdability, "holdability", ResultSet.HOLD_CURSORS_OVER_COMMIT, ResultSet.CLOSE_CURSORS_AT_COMMIT);
		return of(type, concurrency);
	}

	private static void check(int value, String what, int lowest, int highest) throws SQLException {
		if (value < lowest || value > highest) {
			throw new PSQLException("Unknown value for ResultSet " + what, PSQLState.INVALID_PARAMETER_VALUE);
		}
	}

	/**
	 * A query whose rows can be updated through its result is more than a query.
	 */
	StatementKind restrict(StatementKind kind) {
		return (this.concurrency == ResultSet.CONCUR_UPDATABLE) ? kind.and(StatementKind.TRANSACTION_LOCAL) : kind;
	}

	void apply(Statement statement) throws SQLException {
		apply(this.maxFieldSize, statement::setMaxFieldSize);
		apply(this.maxRows, statement::setMaxRows);
		apply(this.queryTimeout, statement::setQueryTimeout);
		apply(this.fetchSize, statement::setFetchSize);
		apply(this.fetchDirection, statement::setFetchDirection);
		apply(this.escapeProcessing, statement::setEscapeProcessing);
		apply(this.poolable, statement::setPoolable);
		if (this.closeOnCompletion) {
			statement.closeOnCompletion();
		}
	}

	private static <T> void apply(@Nullable T value, SqlAction<T> setter) throws SQLException {
		if (value != null) {
			setter.apply(value);
		}
	}

	int type() {
		return this.type;
	}

	int concurrency() {
		return this.concurrency;
	}

	int maxFieldSize() {
		return (this.maxFieldSize != null) ? this.maxFieldSize : 0;
	}

	void maxFieldSize(int value) throws SQLException {
		this.maxFieldSize = atLeastZero(value, "The maximum field size");
	}

	int maxRows() {
		return (this.maxRows != null) ? this.maxRows : 0;
	}

	void maxRows(int value) throws SQLException {
		this.maxRows = atLeastZero(value, "Maximum number of rows");
	}

	int queryTimeout() {
		return (this.queryTimeout != null) ? this.queryTimeout : 0;
	}

	void queryTimeout(int value) throws SQLException {
		this.queryTimeout = atLeastZero(value, "Query timeout");
	}

	/**
	 * Return the fetch size.
	 * @return {@code null} if it is the driver's default
	 */
	@Nullable Integer fetchSize() {
		return this.fetchSize;
	}

	void fetchSize(int value) throws SQLException {
		this.fetchSize = atLeastZero(value, "Fetch size");
	}

	int fetchDirection() {
		return (this.fetchDirection != null) ? this.fetchDirection : ResultSet.FETCH_FORWARD;
	}

	void fetchDirection(int value) throws SQLException {
		if (value != ResultSet.FETCH_FORWARD && value != ResultSet.FETCH_REVERSE && value != ResultSet.FETCH_UNKNOWN) {
			throw new PSQLException("Invalid fetch direction constant: " + value + ".",
					PSQLState.INVALID_PARAMETER_VALUE);
		}
		this.fetchDirection = value;
	}

	void escapeProcessing(boolean value) {
		this.escapeProcessing = value;
	}

	void poolable(boolean value) {
		this.poolable = value;
	}

	boolean isCloseOnCompletion() {
		return this.closeOnCompletion;
	}

	void closeOnCompletion() {
		this.closeOnCompletion = true;
	}

	private static int atLeastZero(int value, String what) throws SQLException {
		if (value < 0) {
			throw new PSQLException(what + " must be a value greater than or equal to 0.",
					PSQLState.INVALID_PARAMETER_VALUE);
		}
		return value;
	}

}
