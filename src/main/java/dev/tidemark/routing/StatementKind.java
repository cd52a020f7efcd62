package dev.tidemark.routing;

/**
 * What a statement may do, as far as its text tells.
 */
enum StatementKind {

	/**
	 * It only reads.
	 */
	QUERY,

	/**
	 * It only concerns the transaction that it runs in: a savepoint, a cursor,
	 * {@code SET LOCAL}, or the end of the transaction.
	 */
	TRANSACTION_LOCAL,

	/**
	 * It writes, locks, or has another effect that a replica can't have, or has silently
	 * without meaning: an advisory lock on a replica excludes nobody.
	 */
	NEEDS_PRIMARY,

	/**
	 * It leaves something behind in the server's session: a parameter, a temporary table,
	 * a lock, a prepared statement. What comes later on the same connection may count on
	 * it.
	 */
	CHANGES_SESSION;

	/**
	 * Return whether it can only run on the primary.
	 */
	boolean needsPrimary() {
		return this == NEEDS_PRIMARY || this == CHANGES_SESSION;
	}

}
