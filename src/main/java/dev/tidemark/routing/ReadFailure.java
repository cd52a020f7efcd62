package dev.tidemark.routing;

import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Why a read failed on a replica that would not fail on another server.
 */
enum ReadFailure {

	/**
	 * The connection broke, or the server is going away.
	 */
	LOST,

	/**
	 * The replay of the primary's log needed what the read had locked, or the rows that
	 * it could still see
	 * (<a href="https://www.postgresql.org/docs/current/hot-standby.html">Hot
	 * Standby</a>).
	 */
	CONFLICT;

	/**
	 * Shutdown, crash of another process, start-up, and the loss of the database.
	 */
	private static final Set<String> GOING_AWAY = Set.of("57P01", "57P02", "57P03", "57P04");

	/**
	 * In recovery nothing else can end a read so: nobody writes there.
	 */
	private static final Set<String> CONFLICTS = Set.of("40001", "40P01");

	private static final String CANCELLED = "57014";

	/**
	 * Return why a read failed on a replica.
	 * @param ex what the driver threw
	 * @return {@code null} if it would fail elsewhere too
	 */
	static @Nullable ReadFailure of(PSQLException ex) {
		String state = String.valueOf(ex.getSQLState());
		if (state.startsWith("08") || GOING_AWAY.contains(state)) {
			return LOST;
		}
		return (CONFLICTS.contains(state) || (state.equals(CANCELLED) && isConflict(ex.getServerErrorMessage())))
				? CONFLICT : null;
	}

	/**
	 * A statement that its user cancelled, or that took too long, has the same state.
	 */
	private static boolean isConflict(@Nullable ServerErrorMessage message) {
		return message != null && String.valueOf(message.getMessage()).contains("conflict with recovery");
	}

}
