package dev.tidemark.routing;

import java.sql.SQLException;

import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The exception for a statement that can't join a transaction on a replica: what a server
 * in recovery throws for a write (25006, read-only transaction), with the way out.
 */
final class ReplicaRefusal {

	private static final int LONGEST_TEXT = 200;

	private ReplicaRefusal() {
	}

	static SQLException of(String replica, StatementKind kind, String sql) {
		String text = (sql.length() > LONGEST_TEXT) ? sql.substring(0, LONGEST_TEXT) + "..." : sql;
		return new PSQLException(new ServerErrorMessage("SERROR\0C25006\0M" + effect(kind)
				+ ", and this transaction already runs on replica '" + replica + "': " + text.replace('\0', ' ')
				+ "\0HMake the transaction read-write, or annotate its method with @ReadConsistency(level = "
				+ "ConsistencyLevel.PRIMARY)" + alternative(kind) + "\0\0"));
	}

	private static String effect(StatementKind kind) {
		return (kind == StatementKind.CHANGES_SESSION) ? "the statement changes the session on the primary"
				: "the statement writes, locks or has another effect that a replica can't have";
	}

	private static String alternative(StatementKind kind) {
		return (kind == StatementKind.CHANGES_SESSION)
				? ", or use what ends with the transaction: SET LOCAL, set_config(.., true), pg_advisory_xact_lock."
				: ".";
	}

}
