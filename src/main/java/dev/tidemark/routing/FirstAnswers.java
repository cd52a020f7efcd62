package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

import dev.tidemark.wal.Positions;
import dev.tidemark.wal.ServerSample;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;

/**
 * What servers said of themselves when a connection to them was used for the first time.
 * Thread-safe.
 * <p>
 * A pool may hand out a connection to a server that was restarted, promoted or replaced
 * since the monitor last asked. It survives a promotion only, which the monitor notices,
 * so asking once on each is enough.
 */
final class FirstAnswers {

	private final Positions positions;

	private final ConnectionFacts facts;

	private final Map<Connection, ServerSample> answers = Collections.synchronizedMap(new WeakHashMap<>());

	FirstAnswers(Positions positions, ConnectionFacts facts) {
		this.positions = positions;
		this.facts = facts;
	}

	@Nullable ServerSample of(Connection connection) throws SQLException {
		return this.answers.get(physical(connection));
	}

	ServerSample ask(Connection connection) throws SQLException {
		ServerSample sample = ServerSample.take(connection, this.positions);
		this.facts.learn(physical(connection));
		if (!connection.getAutoCommit()) {
			connection.rollback();
		}
		this.answers.put(physical(connection), sample);
		return sample;
	}

	/**
	 * The pool's own object is another one at each loan.
	 */
	static BaseConnection physical(Connection connection) throws SQLException {
		return connection.unwrap(BaseConnection.class);
	}

}
