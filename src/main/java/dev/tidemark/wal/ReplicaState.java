package dev.tidemark.wal;

/**
 * What is wrong with a replica, if anything.
 */
public enum ReplicaState {

	/**
	 * It answers, it is in recovery, it belongs to the primary's cluster.
	 */
	REPLICATING,

	/**
	 * It has not been asked yet, or has not replayed anything yet.
	 */
	STARTING,

	/**
	 * It did not answer when it was last asked, or its last answer is overdue.
	 */
	UNREACHABLE,

	/**
	 * It answers again after it was lost, but not for long enough yet.
	 */
	RETURNING,

	/**
	 * It answers, but was taken out of rotation on this instance by a person.
	 */
	DRAINED,

	/**
	 * It is not in recovery: it was promoted, or its URL names a primary.
	 */
	NOT_A_REPLICA,

	/**
	 * Its system identifier is not the primary's.
	 */
	FOREIGN_CLUSTER;

	/**
	 * Return whether nothing is wrong with the replica but that it may need some time.
	 * @return {@code true} if it is in rotation, or will be when it goes on to answer
	 */
	public boolean isFollowing() {
		return switch (this) {
			case REPLICATING, RETURNING, STARTING -> true;
			case UNREACHABLE, DRAINED, NOT_A_REPLICA, FOREIGN_CLUSTER -> false;
		};
	}

}
