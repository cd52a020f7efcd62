package dev.tidemark.routing;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;

import com.zaxxer.hikari.HikariDataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/**
 * Decides whether a read that has failed is begun again, by where it has failed before.
 * For one thread at a time.
 */
final class ReadRepetition {

	/**
	 * The connection, and another one that is no better: the third is new. For each
	 * server that is the primary, as it may move while the read looks for it.
	 */
	private static final int MOST_PRIMARY_LOSSES = 2;

	private final IntConsumer onPrimaryLost;

	private final BiConsumer<String, SQLException> onReplicaFailed;

	private final Set<String> failed = new HashSet<>(0);

	private @Nullable HikariDataSource lostPrimary;

	private int primaryLosses;

	/**
	 * Create it.
	 * @param onPrimaryLost is told how often in a row a read has lost the primary
	 * @param onReplicaFailed is told the name of each replica that a read fails on, and
	 * why
	 */
	ReadRepetition(IntConsumer onPrimaryLost, BiConsumer<String, SQLException> onReplicaFailed) {
		this.onPrimaryLost = onPrimaryLost;
		this.onReplicaFailed = onReplicaFailed;
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
		if (failure == null) {
			return false;
		}
		if (server.isPrimary()) {
			return failure == ReadFailure.LOST && mayAskPrimaryAgain(server.pool());
		}
		this.onReplicaFailed.accept(server.target(), ex);
		this.failed.add(server.target());
		return true;
	}

	private boolean mayAskPrimaryAgain(HikariDataSource pool) {
		if (pool != this.lostPrimary) {
			this.lostPrimary = pool;
			this.primaryLosses = 0;
		}
		if (this.primaryLosses == MOST_PRIMARY_LOSSES) {
			return false;
		}
		this.primaryLosses++;
		this.onPrimaryLost.accept(this.primaryLosses);
		return true;
	}

	/**
	 * The current read is over.
	 */
	void forget() {
		this.failed.clear();
		this.lostPrimary = null;
		this.primaryLosses = 0;
	}

}
