package dev.tidemark.routing;

import java.util.HashSet;
import java.util.Set;

import org.postgresql.util.PSQLException;

/**
 * Decides whether a read that has failed is begun again, by where it has failed before.
 * For one thread at a time.
 */
final class ReadRepetition {

	/**
	 * The connection, and another one that is no better: the third is new. Twice, as the
	 * primary may move while the read looks for it.
	 */
	private static final int MOST_PRIMARY_LOSSES = 4;

	private final RoutingEngine engine;

	private final Set<String> failed = new HashSet<>(0);

	private int primaryLosses;

	ReadRepetition(RoutingEngine engine) {
		this.engine = engine;
	}

	/**
	 * Return the names of the replicas on which the current read has failed.
	 */
	Set<String> failed() {
		return Set.copyOf(this.failed);
	}

	/**
	 * Take note that the current read has failed.
	 * @param server where
	 * @param ex what the driver threw
	 * @return {@code false} if it would fail elsewhere too
	 */
	boolean begins(ServerConnection server, PSQLException ex) {
		ReadFailure failure = ReadFailure.of(ex);
		if (failure == null || (server.isPrimary() && !mayAskPrimaryAgain(failure))) {
			return false;
		}
		if (server.isPrimary()) {
			this.primaryLosses++;
			this.engine.readLostPrimary(this.primaryLosses);
		}
		else {
			this.engine.readFailed(server.target(), ex);
			this.failed.add(server.target());
		}
		return true;
	}

	private boolean mayAskPrimaryAgain(ReadFailure failure) {
		return failure == ReadFailure.LOST && this.primaryLosses < MOST_PRIMARY_LOSSES;
	}

	/**
	 * The current read is over.
	 */
	void forget() {
		this.failed.clear();
		this.primaryLosses = 0;
	}

}
