package dev.tidemark.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

import com.zaxxer.hikari.HikariDataSource;

/**
 * The pool as it would be without Tidemark.
 */
final class BarePool implements AutoCloseable {

	private final HikariDataSource pool = new HikariDataSource();

	BarePool(String url, String username, String password) {
		this.pool.setJdbcUrl(url);
		this.pool.setUsername(username);
		this.pool.setPassword(password);
	}

	HikariDataSource dataSource() {
		return this.pool;
	}

	Connection take() throws SQLException {
		return this.pool.getConnection();
	}

	/**
	 * Give a connection back.
	 * @param connection the connection
	 * @param reusable {@code false} if something was set on it that the pool does not
	 * reset
	 */
	void giveBack(Connection connection, boolean reusable) throws SQLException {
		if (reusable || connection.isClosed()) {
			connection.close();
		}
		else {
			this.pool.evictConnection(connection);
		}
	}

	@Override
	public void close() {
		this.pool.close();
	}

}
