package dev.tidemark.routing;

import java.time.Duration;

import dev.tidemark.session.SessionTokens;

/**
 * Is told what the routing does. An exception of a listener is logged and goes no
 * further: it can break neither a read nor a commit. Implementations are thread-safe and
 * don't block.
 */
public interface RoutingListener {

	/**
	 * Called on the deciding thread before a decision that {@link #onDecision} tells of,
	 * or that can't be made.
	 * @return is told how it ends
	 */
	default Deciding onDeciding() {
		return Deciding.UNOBSERVED;
	}

	/**
	 * Called on the deciding thread when a transaction, or a statement outside one, got
	 * its server.
	 * @param decision the decision
	 */
	default void onDecision(Decision decision) {
	}

	/**
	 * Called when a read has waited for a replica to catch up.
	 * @param caughtUp whether one did
	 * @param waited how long it took
	 */
	default void onFenceWait(boolean caughtUp, Duration waited) {
	}

	/**
	 * Called when a read that wanted a replica got no place on the primary either.
	 */
	default void onFallbackRejected() {
	}

	/**
	 * Called when a session token is ignored.
	 * @param rejection why
	 */
	default void onTokenRejected(SessionTokens.Rejection rejection) {
	}

}
