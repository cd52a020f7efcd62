package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.UtilityElf;

/**
 * What a connection of the primary's pool is like before anything is set on it, known
 * without taking one. Immutable and thread-safe.
 *
 * @param autoCommit whether it is in auto-commit mode
 * @param readOnly whether it is read-only
 * @param isolation its isolation level
 */
record ConnectionDefaults(boolean autoCommit, boolean readOnly, int isolation) {

	static ConnectionDefaults of(DataSource pool) {
		try {
			if (pool.isWrapperFor(HikariConfigMXBean.class)
					&& pool.unwrap(HikariConfigMXBean.class) instanceof HikariDataSource hikari) {
				return new ConnectionDefaults(hikari.isAutoCommit(), hikari.isReadOnly(), isolation(hikari));
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException("The data source can't be unwrapped", ex);
		}
		return new ConnectionDefaults(true, false, Connection.TRANSACTION_READ_COMMITTED);
	}

	private static int isolation(HikariConfig hikari) {
		String name = hikari.getTransactionIsolation();
		return (name != null) ? UtilityElf.getTransactionIsolation(name) : Connection.TRANSACTION_READ_COMMITTED;
	}

}
