package dev.tidemark.routing;

import org.jspecify.annotations.Nullable;

import org.springframework.transaction.support.ResourceHolderSupport;
import org.springframework.transaction.support.ResourceHolderSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Notes with Spring's current transaction that it has read a replica. The note is put
 * aside and brought back with the transaction when an inner one suspends it.
 */
public final class TransactionRoute {

	private TransactionRoute() {
	}

	/**
	 * Return the replica that the current transaction has read.
	 * @return its name, {@code null} if there is no transaction or it has not read one
	 */
	public static @Nullable String currentReplica() {
		Note note = (Note) TransactionSynchronizationManager.getResource(TransactionRoute.class);
		return (note != null) ? note.replica : null;
	}

	static void readsReplica(String replica) {
		if (TransactionSynchronizationManager.isSynchronizationActive()
				&& TransactionSynchronizationManager.isActualTransactionActive()
				&& !TransactionSynchronizationManager.hasResource(TransactionRoute.class)) {
			Note note = new Note(replica);
			TransactionSynchronizationManager.bindResource(TransactionRoute.class, note);
			TransactionSynchronizationManager
				.registerSynchronization(new ResourceHolderSynchronization<>(note, TransactionRoute.class) {
				});
		}
	}

	private static final class Note extends ResourceHolderSupport {

		private final String replica;

		Note(String replica) {
			this.replica = replica;
		}

	}

}
