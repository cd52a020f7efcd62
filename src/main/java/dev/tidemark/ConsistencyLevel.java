package dev.tidemark;

/**
 * How fresh the reads of a read-only transaction must be. Each level is named by its term
 * in the literature; {@code docs/guarantees.md} says which failures each of them
 * withstands. At every level but {@link #PRIMARY} a replica serves only while it can be
 * shown to be no staler than {@code tidemark.consistency.max-staleness}.
 */
public enum ConsistencyLevel {

	/**
	 * Any replica in rotation. Nothing is asked about what the current user wrote.
	 */
	EVENTUAL,

	/**
	 * Any replica that holds everything committed up to {@code maxStaleness} before the
	 * read began.
	 */
	BOUNDED_STALENESS,

	/**
	 * A replica that has replayed the current user's own last write.
	 */
	READ_YOUR_WRITES,

	/**
	 * {@link #READ_YOUR_WRITES}, and never a state older than one the current user has
	 * already seen (monotonic reads).
	 */
	SESSION,

	/**
	 * The primary.
	 */
	PRIMARY

}
