package dev.tidemark;

/**
 * A read that decides a write was asked for inside a transaction that has already read a
 * replica. The transaction can't change servers, and the replica may be stale.
 * <p>
 * Start the transaction read-write, or call the method before the transaction's first
 * read, or give the method a transaction of its own
 * ({@code @Transactional(propagation = REQUIRES_NEW)}).
 */
public class WriteDecisionOnReplicaException extends RuntimeException {

	private final String replica;

	/**
	 * Create an exception.
	 * @param method the method whose read decides a write
	 * @param replica the name of the replica that the transaction runs on
	 */
	public WriteDecisionOnReplicaException(String method, String replica) {
		super("What " + method + " reads decides a write and must come from the primary, but the current transaction "
				+ "already runs on replica '" + replica + "' and can't change servers. Make the transaction "
				+ "read-write, call " + method + " before the first read, or give it a transaction of its own "
				+ "(@Transactional(propagation = REQUIRES_NEW)).");
		this.replica = replica;
	}

	/**
	 * Return the replica that the transaction runs on.
	 * @return its name
	 */
	public String getReplica() {
		return this.replica;
	}

}
