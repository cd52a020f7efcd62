package dev.tidemark.session;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

import dev.tidemark.ConsistencyToken;

/**
 * Takes the session of the current thread along in what the thread sends, and continues
 * the sessions that come with what it receives. Thread-safe.
 */
public final class SessionCarrier {

	/**
	 * The name of the header that carries a token.
	 */
	public static final String HEADER = "Tidemark-Token";

	private static final Scope NOTHING = () -> {
	};

	private final Supplier<SessionContext> context;

	private final Sessions sessions;

	/**
	 * Create a carrier.
	 * @param context returns where sessions are opened; not asked before it is needed
	 * @param sessions knows what sessions have to see
	 */
	public SessionCarrier(Supplier<SessionContext> context, Sessions sessions) {
		this.context = context;
		this.sessions = sessions;
	}

	/**
	 * Return what to send along.
	 * @return the text of the current session's token, empty if there is nothing to carry
	 */
	public String token() {
		return this.sessions.token(session());
	}

	/**
	 * Return the current session, to {@linkplain #takeOver take over} the token of an
	 * answer that may come on another thread.
	 * @return the session
	 */
	public Session session() {
		return this.context.get().session();
	}

	/**
	 * Continue the sessions that something received is from, on this thread, until the
	 * returned scope is closed. Without a token nothing changes.
	 * @param tokens the texts of their tokens, whatever they are
	 * @return ends it
	 */
	public Scope resume(Stream<String> tokens) {
		List<String> valid = valid(tokens);
		if (valid.isEmpty()) {
			return NOTHING;
		}
		Session session = Session.lasting(session()::userKey);
		session.resume(valid);
		Scope scope = this.context.get().open(session);
		return () -> end(session, scope);
	}

	private void end(Session session, Scope scope) {
		try {
			this.sessions.settle(session);
		}
		finally {
			scope.close();
		}
	}

	/**
	 * Have a session see what another service did for it.
	 * @param tokens the texts of the tokens that it answered with, whatever they are
	 * @param session the session
	 * @return completes when the session's reads see it, never exceptionally
	 */
	public CompletableFuture<?> takeOver(Collection<String> tokens, Session session) {
		return CompletableFuture.allOf(valid(tokens.stream()).stream()
			.map((token) -> this.sessions.takeOver(token, session))
			.toArray(CompletableFuture<?>[]::new));
	}

	private static List<String> valid(Stream<String> tokens) {
		return tokens.map(ConsistencyToken::parse)
			.filter((token) -> !token.isEmpty())
			.map(ConsistencyToken::toString)
			.distinct()
			.toList();
	}

	/**
	 * Knows what sessions have to see. Implementations are thread-safe.
	 */
	public interface Sessions {

		/**
		 * Return what a session has to see.
		 * @param session the session
		 * @return the text of its token, empty if there is nothing to carry
		 */
		String token(Session session);

		/**
		 * Have a session see what a token says, if it is valid here.
		 * @param token the text of the token
		 * @param session the session
		 * @return completes when it does, never exceptionally
		 */
		CompletableFuture<?> takeOver(String token, Session session);

		/**
		 * Make sure that what a session has read is remembered when it is continued
		 * elsewhere.
		 * @param session the session, which ends
		 */
		void settle(Session session);

	}

}
