package dev.tidemark.routing;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import dev.tidemark.session.SessionTokens;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Tells several listeners, and keeps their exceptions from the caller.
 */
final class CompositeRoutingListener implements RoutingListener {

	private static final Log logger = LogFactory.getLog(CompositeRoutingListener.class);

	private final List<RoutingListener> listeners;

	CompositeRoutingListener(List<RoutingListener> listeners) {
		this.listeners = List.copyOf(listeners);
	}

	@Override
	public void onDecision(Decision decision) {
		tell((listener) -> listener.onDecision(decision));
	}

	@Override
	public void onFenceWait(boolean caughtUp, Duration waited) {
		tell((listener) -> listener.onFenceWait(caughtUp, waited));
	}

	@Override
	public void onFallbackRejected() {
		tell(RoutingListener::onFallbackRejected);
	}

	@Override
	public void onTokenRejected(SessionTokens.Rejection rejection) {
		tell((listener) -> listener.onTokenRejected(rejection));
	}

	private void tell(Consumer<RoutingListener> message) {
		for (RoutingListener listener : this.listeners) {
			try {
				message.accept(listener);
			}
			catch (RuntimeException ex) {
				logger.debug("A routing listener failed", ex);
			}
		}
	}

}
