package dev.tidemark.routing;

import java.sql.SQLException;

import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * The exception for a statement that can't join a transaction on a replica: what a server
 * in recovery throws for a write (25006, read-only transaction), with the way out.
 */
final class ReplicaRefusal {

	private static final String READ_ONLY_TRANSACTION = "25006";

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

	/**
	 * Return the exception for a query outside a transaction that failed on a replica:
	 * with the way out, if it failed because it writes, which its text did not tell.
	 */
	static PSQLException ofUnknownWrite(PSQLException ex) {
		ServerErrorMessage message = ex.getServerErrorMessage();
		if (message == null || !READ_ONLY_TRANSACTION.equals(ex.getSQLState())) {
			return ex;
		}
		PSQLException explained = new PSQLException(
				new ServerErrorMessage("SERROR\0C" + READ_ONLY_TRANSACTION + "\0M" + message.getMessage()
						+ "\0HThis query ran on a replica, because its text does not show that it writes. "
						+ "Name the function in tidemark.routing.writing-functions, or call it in a read-write "
						+ "transaction.\0\0"));
		explained.initCause(ex);
		return explained;
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
