package dev.tidemark.routing;

/**
 * What a statement runs in.
 */
enum TransactionKind {

	/** A transaction that may write. */
	READ_WRITE,

	/** A read-only transaction. */
	READ_ONLY,

	/** No transaction: the statement commits by itself. */
	NONE

}
