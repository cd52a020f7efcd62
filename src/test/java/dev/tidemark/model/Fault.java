package dev.tidemark.model;

/**
 * What can break in a scope.
 */
enum Fault {

	/** The marker store loses everything, its epoch too. */
	STORE_FLUSHED,

	/** The marker store loses its last write and keeps its epoch, as at a failover. */
	STORE_FAILED_OVER,

	/** One instance is cut off from the marker store, until it heals. */
	INSTANCE_CUT_OFF,

	/** One instance can't reach one replica, until it heals. */
	REPLICA_UNREACHABLE,

	/** One instance crashes with what it was doing, and starts anew. */
	INSTANCE_CRASHED,

	/** A replica restarts, and comes back older than it was. */
	REPLICA_RESTARTED,

	/** The primary dies and the first replica takes its place. */
	PROMOTION,

	/** The primary dies for good. */
	PRIMARY_DOWN,

	/** The primary restarts without the end of its log, on the same timeline. */
	PRIMARY_LOST_TAIL

}
