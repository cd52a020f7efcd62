package dev.tidemark.wal;

import java.sql.SQLException;
import java.util.Set;

import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What the SQLState of an exception says of the server that was asked.
 */
public final class SqlStates {

	/**
	 * Shutdown, crash of another process, start-up, and the loss of the database.
	 */
	private static final Set<String> GOING_AWAY = Set.of("57P01", "57P02", "57P03", "57P04");

	/**
	 * In recovery nothing else can end a read so: nobody writes there.
	 */
	private static final Set<String> CONFLICTS = Set.of("40001", "40P01");

	private static final String CANCELLED = "57014";

	private SqlStates() {
	}

	/**
	 * Return whether the connection broke, or the server is going away.
	 * @param ex what the driver threw
	 * @return {@code true} if another connection, or server, is needed
	 */
	public static boolean isLost(SQLException ex) {
		return state(ex).startsWith("08") || isGoingAway(ex);
	}

	static boolean isGoingAway(SQLException ex) {
		return GOING_AWAY.contains(state(ex));
	}

	/**
	 * Return whether a read on a replica was ended because the replay of the primary's
	 * log needed what it had locked, or the rows that it could still see
	 * (<a href="https://www.postgresql.org/docs/current/hot-standby.html">Hot
	 * Standby</a>).
	 * @param ex what the driver threw
	 * @return {@code true} also if the connection was ended with it
	 */
	public static boolean isConflict(SQLException ex) {
		return CONFLICTS.contains(state(ex)) || (state(ex).equals(CANCELLED) && namesConflict(ex));
	}

	/**
	 * A statement that its user cancelled, or that took too long, has the same state.
	 */
	private static boolean namesConflict(SQLException ex) {
		ServerErrorMessage message = (ex instanceof PSQLException server) ? server.getServerErrorMessage() : null;
		return message != null && String.valueOf(message.getMessage()).contains("conflict with recovery");
	}

	private static String state(SQLException ex) {
		return String.valueOf(ex.getSQLState());
	}

}
