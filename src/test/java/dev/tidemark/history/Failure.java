package dev.tidemark.history;

import java.sql.SQLException;

import dev.tidemark.history.Step.Action;

/**
 * A step that failed.
 *
 * @param client who took it
 * @param action what was to be done
 * @param cause why it failed
 * @param start when it began
 * @param end when it failed
 */
public record Failure(String client, Action action, Exception cause, long start, long end) {

	/**
	 * Return the SQLState, or the class of the exception where there is none.
	 */
	public String kind() {
		for (Throwable cause = this.cause; cause != null; cause = cause.getCause()) {
			if (cause instanceof SQLException ex && ex.getSQLState() != null) {
				return ex.getSQLState();
			}
		}
		return this.cause.getClass().getSimpleName();
	}

}
