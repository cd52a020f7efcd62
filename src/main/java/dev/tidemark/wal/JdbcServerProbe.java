package dev.tidemark.wal;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

/**
 * Keeps one connection to a server and asks on it. It is not taken from the application's
 * pool, so that a full pool can't blind the monitor.
 */
public final class JdbcServerProbe implements ServerProbe {

	private final DataSource connections;

	private final Duration timeout;

	private final Positions positions;

	private volatile @Nullable Connection connection;

	private volatile boolean closed;

	/**
	 * Create a probe. Nothing is opened yet.
	 * @param connections opens a new connection at each call, within a time of its own
	 * @param timeout how long the server may take to answer
	 * @param positions how the server tells positions
	 */
	public JdbcServerProbe(DataSource connections, Duration timeout, Positions positions) {
		this.connections = connections;
		this.timeout = timeout;
		this.positions = positions;
	}

	@Override
	public ServerSample ask() throws SQLException {
		try {
			return ServerSample.take(openConnection(), this.positions);
		}
		catch (SQLException | RuntimeException ex) {
			giveUp();
			throw ex;
		}
	}

	private Connection openConnection() throws SQLException {
		Connection open = this.connection;
		if (open == null) {
			open = this.connections.getConnection();
			this.connection = open;
			if (this.closed) {
				throw new SQLException("The probe was closed");
			}
			open.setNetworkTimeout(Runnable::run, Math.toIntExact(this.timeout.toMillis()));
			open.setAutoCommit(true);
		}
		return open;
	}

	@Override
	public void close() {
		this.closed = true;
		giveUp();
	}

	private void giveUp() {
		Connection open = this.connection;
		this.connection = null;
		if (open != null) {
			try {
				open.close();
			}
			catch (SQLException ex) {
				// The connection is given up because it is broken: nothing is lost.
			}
		}
	}

}
