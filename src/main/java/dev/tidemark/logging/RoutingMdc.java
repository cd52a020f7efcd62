package dev.tidemark.logging;

import dev.tidemark.routing.Decision;
import dev.tidemark.routing.RoutingListener;
import org.slf4j.MDC;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Has the log say where Spring's current transaction runs and why, by the MDC keys
 * {@value #TARGET} and {@value #REASON}: from its first statement to its end. An inner
 * transaction puts them aside, and its end brings them back. Thread-safe.
 */
public final class RoutingMdc implements RoutingListener {

	/** The key of the server: {@code primary} or the name of the replica. */
	public static final String TARGET = "tidemark.target";

	/** The key of the reason. */
	public static final String REASON = "tidemark.reason";

	/**
	 * Without a transaction of Spring's nothing tells when to remove the keys, and on
	 * which thread.
	 */
	@Override
	public void onDecision(Decision decision) {
		if (TransactionSynchronizationManager.isSynchronizationActive()) {
			current().show(decision);
		}
	}

	private static Keys current() {
		for (TransactionSynchronization registered : TransactionSynchronizationManager.getSynchronizations()) {
			if (registered instanceof Keys keys) {
				return keys;
			}
		}
		Keys keys = new Keys();
		TransactionSynchronizationManager.registerSynchronization(keys);
		return keys;
	}

	/**
	 * The keys of one transaction.
	 */
	private static final class Keys implements TransactionSynchronization {

		private String target = "";

		private String reason = "";

		void show(Decision decision) {
			this.target = decision.target();
			this.reason = decision.reason().tag();
			resume();
		}

		@Override
		public void resume() {
			MDC.put(TARGET, this.target);
			MDC.put(REASON, this.reason);
		}

		@Override
		public void suspend() {
			MDC.remove(TARGET);
			MDC.remove(REASON);
		}

		@Override
		public void afterCompletion(int status) {
			suspend();
		}

	}

}
