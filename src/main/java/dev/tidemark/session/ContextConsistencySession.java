package dev.tidemark.session;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;

import dev.tidemark.ConsistencySession;
import dev.tidemark.ConsistencyToken;

/**
 * Opens sessions on a {@link SessionContext}.
 */
public final class ContextConsistencySession implements ConsistencySession {

	private final SessionContext context;

	private final Supplier<String> token;

	private final Consumer<Session> end;

	/**
	 * Create a session.
	 * @param context where sessions are opened
	 * @param token returns the text of the current session's token, empty if nothing has
	 * to be seen
	 * @param end is told of each session that ends
	 */
	public ContextConsistencySession(SessionContext context, Supplier<String> token, Consumer<Session> end) {
		this.context = context;
		this.token = token;
		this.end = end;
	}

	@Override
	public <T> T callAs(String userKey, Callable<T> callable) throws Exception {
		try (Scope scope = open(Session.lasting(() -> userKey))) {
			return callable.call();
		}
	}

	@Override
	public void runAs(String userKey, Runnable runnable) {
		try (Scope scope = open(Session.lasting(() -> userKey))) {
			runnable.run();
		}
	}

	@Override
	public ConsistencyToken token() {
		return ConsistencyToken.parse(this.token.get());
	}

	@Override
	public Resumed resume(ConsistencyToken token) {
		Session session = Session.byToken(this.context.session()::userKey);
		if (!token.isEmpty()) {
			session.resume(token.toString());
		}
		return open(session)::close;
	}

	@Override
	public Named about(String... keys) {
		return this.context.about(new LinkedHashSet<>(List.of(keys)))::close;
	}

	/**
	 * What the user has done in the session around it must be seen inside, and the other
	 * way round.
	 */
	private Scope open(Session session) {
		Session around = this.context.session();
		session.takeOver(around);
		Scope scope = this.context.open(session);
		return () -> {
			try {
				this.end.accept(session);
			}
			finally {
				scope.close();
				around.takeOver(session);
			}
		};
	}

}
