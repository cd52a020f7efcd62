package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.wal.SqlStates;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * A pooled connection to one server, on loan to a logical connection. Not thread-safe.
 */
final class ServerConnection {

	private final String target;

	private final HikariDataSource pool;

	private final Connection connection;

	private final BaseConnection driver;

	private final Map<String, SqlAction<Connection>> undo = new LinkedHashMap<>(0);

	private final Runnable onRelease;

	private int openStatements;

	private int settingsVersion = -1;

	/**
	 * Create a loan.
	 * @param target the name of the server
	 * @param pool the pool
	 * @param connection the pool's connection
	 * @param driver the driver's connection behind it
	 */
	ServerConnection(String target, HikariDataSource pool, Connection connection, BaseConnection driver) {
		this(target, pool, connection, driver, () -> {
		});
	}

	private ServerConnection(String target, HikariDataSource pool, Connection connection, BaseConnection driver,
			Runnable onRelease) {
		this.target = target;
		this.pool = pool;
		this.connection = connection;
		this.driver = driver;
		this.onRelease = onRelease;
	}

	/**
	 * Return this loan, with something more to be done when it is given back.
	 * @param onRelease what to do
	 * @return the loan to be used in place of this one
	 */
	ServerConnection onRelease(Runnable onRelease) {
		return new ServerConnection(this.target, this.pool, this.connection, this.driver, () -> {
			this.onRelease.run();
			onRelease.run();
		});
	}

	String target() {
		return this.target;
	}

	HikariDataSource pool() {
		return this.pool;
	}

	Connection connection() {
		return this.connection;
	}

	boolean isPrimary() {
		return Decision.PRIMARY.equals(this.target);
	}

	/**
	 * Return whether a transaction is open or aborted, by whatever means it was begun.
	 */
	boolean isInTransaction() {
		return this.driver.getTransactionState() != TransactionState.IDLE;
	}

	/**
	 * Return whether nothing can be sent to the server any more.
	 */
	boolean isLost() throws SQLException {
		return this.driver.isClosed();
	}

	/**
	 * Note that a statement outside a transaction uses this connection until it is
	 * closed.
	 */
	void statementOpened() {
		this.openStatements++;
	}

	void statementClosed() {
		this.openStatements--;
	}

	boolean hasOpenStatements() {
		return this.openStatements > 0;
	}

	/**
	 * Return which version of the logical connection's settings was made here.
	 * @return a negative number if none was
	 */
	int settingsVersion() {
		return this.settingsVersion;
	}

	void settingsVersion(int version) {
		this.settingsVersion = version;
	}

	/**
	 * Change what the pool does not reset.
	 * @param setting the name of the setting
	 * @param capture reads how it is now, and returns what restores that
	 * @throws SQLException if it can't be read
	 */
	void restoreOnRelease(String setting, SqlCall<Connection, SqlAction<Connection>> capture) throws SQLException {
		if (!this.undo.containsKey(setting)) {
			this.undo.put(setting, capture.apply(this.connection));
		}
	}

	/**
	 * Give the connection back. An open transaction is rolled back, and what was set is
	 * reset: by the pool, or here where the pool doesn't.
	 */
	void release() throws SQLException {
		try {
			if (this.connection.isClosed() || (hasEnded() && restored())) {
				this.connection.close();
			}
			else {
				this.pool.evictConnection(this.connection);
			}
		}
		finally {
			this.onRelease.run();
		}
	}

	/**
	 * Give the connection back because the work goes on elsewhere. It may be lost by now:
	 * nothing on it is needed any more.
	 */
	void leave() throws SQLException {
		try {
			release();
		}
		catch (SQLException ex) {
			if (!SqlStates.isLost(ex)) {
				throw ex;
			}
		}
	}

	/**
	 * Close the connection without a word to the server, which rolls back what runs on
	 * it.
	 */
	void discard() {
		try {
			this.pool.evictConnection(this.connection);
		}
		finally {
			this.onRelease.run();
		}
	}

	/**
	 * HikariCP knows of no transaction that the driver, or a text, has begun. It ends one
	 * only where it sets auto-commit mode anew; else the next one to borrow the
	 * connection would be in it.
	 */
	private boolean hasEnded() {
		try {
			if (!isInTransaction()) {
				return true;
			}
			boolean manual = !this.connection.getAutoCommit();
			if (manual && !this.pool.isAutoCommit()) {
				this.connection.rollback();
			}
			return manual;
		}
		catch (SQLException ex) {
			return false;
		}
	}

	private boolean restored() {
		if (this.undo.isEmpty()) {
			return true;
		}
		try {
			if (!this.connection.getAutoCommit()) {
				this.connection.rollback();
				this.connection.setAutoCommit(true);
			}
			for (SqlAction<Connection> action : this.undo.values()) {
				action.apply(this.connection);
			}
			return !isInTransaction();
		}
		catch (SQLException ex) {
			return false;
		}
	}

	@Override
	public String toString() {
		return this.target + " " + this.connection;
	}

}
