package dev.tidemark.routing;

import java.sql.SQLTransientConnectionException;

import org.jspecify.annotations.Nullable;

import dev.tidemark.wal.PrimaryProblem;

/**
 * There is no connection to the primary to be had, which is known without a wait for the
 * pool. Nothing was sent to a server.
 */
final class PrimaryAwayException extends SQLTransientConnectionException {

	PrimaryAwayException(String server, PrimaryProblem problem, @Nullable Throwable cause) {
		super("There is no connection to the primary: the server at " + server + " " + problem.text()
				+ ". Nothing was executed. " + remedy(problem), state(problem), cause);
	}

	private static String remedy(PrimaryProblem problem) {
		return switch (problem) {
			case ERROR, SLOW, REFUSED, SILENT ->
				"Bring it back, or promote a replica. It is asked again and again, and "
						+ "used as soon as it answers.";
			case IN_RECOVERY, FOREIGN_CLUSTER, OLD_TIMELINE ->
				"Point the URL at the primary; with several hosts in " + "it, add targetServerType=primary.";
		};
	}

	/**
	 * That of a connection that could not be established, or was rejected.
	 */
	private static String state(PrimaryProblem problem) {
		return switch (problem) {
			case ERROR, SLOW, REFUSED, SILENT -> "08001";
			case IN_RECOVERY, FOREIGN_CLUSTER, OLD_TIMELINE -> "08004";
		};
	}

}
