package dev.tidemark.routing;

import java.time.Duration;
import java.util.Set;

import dev.tidemark.ConsistencyLevel;

/**
 * What is asked of the server on which a transaction is to run. Immutable and
 * thread-safe.
 *
 * @param transaction what the first statement runs in
 * @param serializable whether the isolation level is SERIALIZABLE
 * @param statement what the first statement may do
 * @param staysOnPrimary whether something that came before on the same connection keeps
 * it on the primary
 * @param feedsWriteDecision whether what is read decides a write
 * @param primaryRequested whether the session asked for the primary
 * @param level the consistency level
 * @param maxStaleness how stale a replica may be at most
 * @param failed the names of the replicas on which the same read has failed, or that had
 * better not serve it
 */
record ReadRequest(TransactionKind transaction, boolean serializable, StatementKind statement, boolean staysOnPrimary,
		boolean feedsWriteDecision, boolean primaryRequested, ConsistencyLevel level, Duration maxStaleness,
		Set<String> failed) {

	/**
	 * Return whether the level asks what the user has written.
	 * @return {@code false} if no fence is needed
	 */
	boolean needsFence() {
		return this.level == ConsistencyLevel.READ_YOUR_WRITES || this.level == ConsistencyLevel.SESSION;
	}

}
