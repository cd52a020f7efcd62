package dev.tidemark.routing;

/**
 * Why a transaction runs where it runs.
 */
public enum Reason {

	/** The transaction may write. */
	READ_WRITE("read-write"),

	/** What is read decides a write. */
	WRITE_DECISION("write-decision"),

	/** The level is {@link dev.tidemark.ConsistencyLevel#PRIMARY}. */
	PRIMARY_LEVEL("primary-level"),

	/** No replica has replayed what the user must see. */
	RECENT_WRITE("recent-write"),

	/** The replica has replayed what the user must see. */
	CAUGHT_UP("caught-up"),

	/** There is nothing the user must see. */
	NO_RECENT_WRITE("no-recent-write"),

	/** The level asks for no freshness but the limit for all. */
	EVENTUAL("eventual"),

	/** The replica is within the limit that was asked for. */
	BOUNDED("bounded"),

	/** No replica can be shown to be fresh enough. */
	TOO_STALE("too-stale"),

	/** No replica is in rotation, or none has a connection to give. */
	NO_REPLICA("no-replica"),

	/** What the user must see could not be found out. */
	MARKER_UNAVAILABLE("marker-unavailable"),

	/** The statement is outside a transaction. */
	NO_TRANSACTION("no-transaction"),

	/**
	 * The statement locks, or has another effect that a replica can't have; or one before
	 * it on the same connection has left something in the session on the primary.
	 */
	LOCKING_READ("locking-read"),

	/** The isolation level is SERIALIZABLE, which replicas don't have. */
	ISOLATION("isolation"),

	/** The session asked for the primary. */
	REQUESTED("requested");

	private final String tag;

	Reason(String tag) {
		this.tag = tag;
	}

	/**
	 * Return whether the transaction asked for a replica and there was none for it.
	 * @return {@code true} if the primary is the second choice
	 */
	boolean isForLackOfReplica() {
		return switch (this) {
			case RECENT_WRITE, TOO_STALE, NO_REPLICA, MARKER_UNAVAILABLE -> true;
			default -> false;
		};
	}

	/**
	 * Return the name that metrics, headers and the endpoint show.
	 * @return the name
	 */
	public String tag() {
		return this.tag;
	}

}
