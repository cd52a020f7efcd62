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
	 * It reads, and calls functions of which nothing is known: in a read-only transaction
	 * they can't write, outside a transaction they may.
	 */
	QUERY_WITH_CALLS,

	/**
	 * It only concerns the transaction that it runs in: a savepoint, a cursor,
	 * {@code SET LOCAL}, or the end of the transaction.
	 */
	TRANSACTION_LOCAL,

	/**
	 * It concerns the transaction that it runs in, and calls functions of which nothing
	 * is known: {@code EXPLAIN ANALYZE SELECT f()}, or {@code SELECT f(); COMMIT}.
	 */
	TRANSACTION_LOCAL_WITH_CALLS,

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
	 * Return the kind of a statement with a part of this kind, and one of another.
	 */
	StatementKind and(StatementKind other) {
		if (compareTo(other) < 0) {
			return other.and(this);
		}
		return (this == TRANSACTION_LOCAL && other == QUERY_WITH_CALLS) ? TRANSACTION_LOCAL_WITH_CALLS : this;
	}

	/**
	 * Return whether it may run on a replica outside a transaction.
	 */
	boolean isQuery() {
		return this == QUERY || this == QUERY_WITH_CALLS;
	}

	/**
	 * Return whether it may write in a transaction that is not read-only.
	 */
	boolean mayWrite() {
		return this == QUERY_WITH_CALLS || this == TRANSACTION_LOCAL_WITH_CALLS || needsPrimary();
	}

	/**
	 * Return whether it can only run on the primary.
	 */
	boolean needsPrimary() {
		return this == NEEDS_PRIMARY || this == CHANGES_SESSION;
	}

}
