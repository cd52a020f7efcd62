package dev.tidemark.wal;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.postgresql.jdbc.PgConnection;

/**
 * Keeps one connection to a server and asks on it. It is not taken from the application's
 * pool, so that a full pool can't blind the monitor.
 */
public final class JdbcServerProbe implements ServerProbe {

	private static final Log logger = LogFactory.getLog(JdbcServerProbe.class);

	/**
	 * The WAL writer takes less to flush what it flushes by itself.
	 */
	private static final long FLUSHED_BY_ITSELF = TimeUnit.SECONDS.toNanos(1);

	private static final int ATTEMPTS = 5;

	private static final long RECONNECT = TimeUnit.MILLISECONDS.toNanos(300);

	private final DataSource connections;

	private final Duration timeout;

	private final Positions positions;

	private volatile @Nullable Connection connection;

	private volatile @Nullable String address;

	private long connectedAt;

	private volatile boolean closed;

	private volatile @Nullable ServerSample quietSince;

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
			ServerSample sample = sample();
			if (needsCommit(sample)) {
				commitNothing();
			}
			return sample;
		}
		catch (SQLException | RuntimeException ex) {
			giveUp();
			throw ex;
		}
	}

	/**
	 * A replica whose replay lags all the time cancels every query that stands in its
	 * way, after max_standby_streaming_delay
	 * (<a href="https://www.postgresql.org/docs/current/hot-standby.html">Hot
	 * Standby</a>): it answers, and is asked again.
	 */
	private ServerSample sample() throws SQLException {
		for (int attempt = 1;; attempt++) {
			Connection asked = openConnection();
			try {
				return ServerSample.take(asked, this.positions);
			}
			catch (SQLException ex) {
				if (attempt == ATTEMPTS || !SqlStates.isConflict(ex)) {
					throw ex;
				}
				if (asked.isClosed()) {
					giveUp();
				}
			}
		}
	}

	/**
	 * On a primary where nobody commits, records of an open transaction, or of hint bits
	 * that a query has set, stay in memory for up to 15 seconds, and no replica reaches a
	 * position behind them. Where positions are times, no replica tells a new one then.
	 */
	private boolean needsCommit(ServerSample sample) {
		ServerSample since = this.quietSince;
		boolean quiet = !sample.inRecovery() && (this.positions == Positions.CLOCK || sample.unflushed());
		if (!quiet || since == null
				|| (this.positions == Positions.WAL && !Objects.equals(since.position(), sample.position()))) {
			this.quietSince = quiet ? sample : null;
			return false;
		}
		boolean due = sample.requestedAt() - since.requestedAt() > FLUSHED_BY_ITSELF;
		this.quietSince = due ? null : since;
		return due;
	}

	/**
	 * A transaction id that is taken makes a commit, which has the WAL writer flush the
	 * log, without a table to write. As nothing else is written, the commit itself waits
	 * neither for the disk nor for a synchronous replica. That it can't be taken says
	 * nothing about the sample.
	 */
	private void commitNothing() {
		try (Statement statement = openConnection().createStatement()) {
			statement.execute("SELECT pg_current_xact_id()");
		}
		catch (SQLException ex) {
			logger.debug("The primary did not commit for the monitor", ex);
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
			this.connectedAt = System.nanoTime();
			this.address = open.unwrap(PgConnection.class).getQueryExecutor().getHostSpec().toString();
		}
		return open;
	}

	@Override
	public void reconnect() {
		if (System.nanoTime() - this.connectedAt > RECONNECT) {
			giveUp();
		}
	}

	@Override
	public @Nullable String address() {
		return this.address;
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
