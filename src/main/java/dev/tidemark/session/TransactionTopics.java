package dev.tidemark.session;

import java.util.LinkedHashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Notes with Spring's current transaction what it is about: a method that names it may
 * return long before the transaction commits. The note is put aside and brought back with
 * the transaction when an inner one suspends it, and is there until it has committed.
 */
final class TransactionTopics {

	private TransactionTopics() {
	}

	/**
	 * Return whether there is a transaction that a note can be left with.
	 */
	static boolean isActive() {
		return TransactionSynchronizationManager.isSynchronizationActive()
				&& TransactionSynchronizationManager.isActualTransactionActive();
	}

	/**
	 * Return what the current transaction is about.
	 */
	static Set<String> current() {
		Note note = note();
		return (note != null) ? note.topics : Set.of();
	}

	/**
	 * Note what the current transaction is about, too.
	 */
	static void add(Set<String> topics) {
		Note note = note();
		if (note == null) {
			note = new Note();
			note.resume();
			TransactionSynchronizationManager.registerSynchronization(note);
		}
		note.topics.addAll(topics);
	}

	private static @Nullable Note note() {
		return (Note) TransactionSynchronizationManager.getResource(TransactionTopics.class);
	}

	private static final class Note implements TransactionSynchronization {

		private final Set<String> topics = new LinkedHashSet<>();

		@Override
		public void suspend() {
			TransactionSynchronizationManager.unbindResource(TransactionTopics.class);
		}

		@Override
		public void resume() {
			TransactionSynchronizationManager.bindResource(TransactionTopics.class, this);
		}

		@Override
		public void afterCompletion(int status) {
			suspend();
		}

	}

}
