package dev.tidemark.routing;

import dev.tidemark.wal.SqlStates;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/**
 * Why a read failed on a replica that would not fail on another server.
 */
enum ReadFailure {

	/**
	 * The connection broke, or the server is going away.
	 */
	LOST,

	/**
	 * Replay ended it.
	 */
	CONFLICT;

	/**
	 * Return why a read failed on a replica.
	 * @param ex what the driver threw
	 * @return {@code null} if it would fail elsewhere too
	 */
	static @Nullable ReadFailure of(PSQLException ex) {
		if (SqlStates.isLost(ex)) {
			return LOST;
		}
		return SqlStates.isConflict(ex) ? CONFLICT : null;
	}

}
