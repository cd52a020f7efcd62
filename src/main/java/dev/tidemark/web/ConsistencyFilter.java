package dev.tidemark.web;

import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Function;

import dev.tidemark.UserKeyResolver;
import dev.tidemark.session.Scope;
import dev.tidemark.session.Session;
import dev.tidemark.session.SessionContext;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Makes each request a session.
 */
public final class ConsistencyFilter extends OncePerRequestFilter {

	/**
	 * Before Spring Security's filters, which may read the database: the user is asked
	 * for when they are needed, not here.
	 */
	public static final int ORDER = -110;

	private static final String READ_FROM = "read_from";

	private final SessionContext context;

	private final UserKeyResolver user;

	private final RoutingTrace trace;

	private final Options options;

	private final Function<Session, String> token;

	private final Consumer<Session> settle;

	private final @Nullable TokenTransport transport;

	/**
	 * Create a filter.
	 * @param context where sessions are opened
	 * @param user says who the user of a request is
	 * @param trace collects what is decided
	 * @param token ends a session and returns the text of its token, empty if its client
	 * needs none
	 * @param settle makes sure that what a session has seen is remembered
	 * @param options what the application has set
	 */
	public ConsistencyFilter(SessionContext context, UserKeyResolver user, RoutingTrace trace,
			Function<Session, String> token, Consumer<Session> settle, Options options) {
		this.context = context;
		this.user = user;
		this.trace = trace;
		this.token = token;
		this.settle = settle;
		this.options = options;
		this.transport = (options.tokenCookie() != null) ? new TokenTransport(options.tokenCookie()) : null;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		Session session = Session.brief(this.user);
		if (this.options.allowReadFrom && "primary".equals(request.getParameter(READ_FROM))) {
			session.requestPrimary();
		}
		if (this.transport != null) {
			this.transport.read(request, session);
		}
		HeaderWritingResponse answer = new HeaderWritingResponse(response,
				() -> writeHeaders(request, response, session));
		try (Scope scope = this.context.open(session);
				Scope traced = startTrace();
				Scope finished = () -> finish(request, response, answer, session)) {
			chain.doFilter(request, answer);
		}
	}

	/**
	 * Behind an exception that nobody has handled, too: the error page that is written
	 * later keeps the headers. Who the user is may be known no longer.
	 */
	private void finish(HttpServletRequest request, HttpServletResponse response, HeaderWritingResponse answer,
			Session session) {
		if (request.isAsyncStarted()) {
			// The token can wait for the first byte, this thread's trace can't.
			writeTrace(response);
			return;
		}
		try {
			answer.writeHeaders(() -> writeHeaders(request, response, session.ofLastUser()));
		}
		finally {
			// A template or a stream may go on reading behind the first byte.
			this.settle.accept(session);
		}
	}

	private Scope startTrace() {
		return this.options.exposeRouting ? this.trace.start() : () -> {
		};
	}

	private void writeTrace(HttpServletResponse response) {
		if (this.options.exposeRouting) {
			this.trace.writeTo(response);
		}
	}

	private void writeHeaders(HttpServletRequest request, HttpServletResponse response, Session session) {
		writeTrace(response);
		String text = this.token.apply(session);
		if (this.transport != null && !text.isEmpty()) {
			this.transport.write(text, request, response);
		}
	}

	/**
	 * What the application has set.
	 *
	 * @param exposeRouting whether responses say where their reads ran
	 * @param allowReadFrom whether {@code ?read_from=primary} is heeded
	 * @param tokenCookie the name of the cookie that carries the session token,
	 * {@code null} if no token is wanted
	 */
	public record Options(boolean exposeRouting, boolean allowReadFrom, @Nullable String tokenCookie) {

	}

}
