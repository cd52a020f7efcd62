package dev.tidemark.routing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
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
	public Deciding onDeciding() {
		List<Deciding> observed = new ArrayList<>(0);
		tell((listener) -> {
			Deciding deciding = listener.onDeciding();
			if (deciding != Deciding.UNOBSERVED) {
				observed.add(deciding);
			}
		});
		return observed.isEmpty() ? Deciding.UNOBSERVED : new CompositeDeciding(observed);
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
		tellAll(this.listeners, message);
	}

	private static <T> void tellAll(List<T> listeners, Consumer<T> message) {
		for (T listener : listeners) {
			try {
				message.accept(listener);
			}
			catch (RuntimeException ex) {
				logger.debug("A routing listener failed", ex);
			}
		}
	}

	/**
	 * What began last ends first.
	 */
	private static final class CompositeDeciding implements Deciding {

		private final List<Deciding> observed;

		CompositeDeciding(List<Deciding> observed) {
			Collections.reverse(observed);
			this.observed = observed;
		}

		@Override
		public void decided(Decision decision) {
			tellAll(this.observed, (one) -> one.decided(decision));
		}

		@Override
		public void failed(Throwable ex) {
			tellAll(this.observed, (one) -> one.failed(ex));
		}

	}

}
