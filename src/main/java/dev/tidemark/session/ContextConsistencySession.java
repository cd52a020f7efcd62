package dev.tidemark.session;

import java.util.concurrent.Callable;

import dev.tidemark.ConsistencySession;

/**
 * Opens sessions on a {@link SessionContext}.
 */
public final class ContextConsistencySession implements ConsistencySession {

	private final SessionContext context;

	/**
	 * Create a session.
	 * @param context where sessions are opened
	 */
	public ContextConsistencySession(SessionContext context) {
		this.context = context;
	}

	@Override
	public <T> T callAs(String userKey, Callable<T> callable) throws Exception {
		try (Scope scope = this.context.open(Session.lasting(() -> userKey))) {
			return callable.call();
		}
	}

	@Override
	public void runAs(String userKey, Runnable runnable) {
		try (Scope scope = this.context.open(Session.lasting(() -> userKey))) {
			runnable.run();
		}
	}

}
