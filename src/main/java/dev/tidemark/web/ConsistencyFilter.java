package dev.tidemark.web;

import java.io.IOException;

import dev.tidemark.UserKeyResolver;
import dev.tidemark.session.Scope;
import dev.tidemark.session.Session;
import dev.tidemark.session.SessionContext;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

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

	/**
	 * Create a filter.
	 * @param context where sessions are opened
	 * @param user says who the user of a request is
	 * @param trace collects what is decided
	 * @param options what the application has set
	 */
	public ConsistencyFilter(SessionContext context, UserKeyResolver user, RoutingTrace trace, Options options) {
		this.context = context;
		this.user = user;
		this.trace = trace;
		this.options = options;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		Session session = Session.brief(this.user);
		if (this.options.allowReadFrom && "primary".equals(request.getParameter(READ_FROM))) {
			session.requestPrimary();
		}
		try (Scope scope = this.context.open(session)) {
			if (this.options.exposeRouting) {
				doFilterTraced(request, response, chain);
			}
			else {
				chain.doFilter(request, response);
			}
		}
	}

	private void doFilterTraced(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		try (Scope scope = this.trace.start()) {
			HeaderWritingResponse traced = new HeaderWritingResponse(response, () -> this.trace.writeTo(response));
			chain.doFilter(request, traced);
			traced.writeHeaders();
		}
	}

	/**
	 * What the application has set.
	 *
	 * @param exposeRouting whether responses say where their reads ran
	 * @param allowReadFrom whether {@code ?read_from=primary} is heeded
	 */
	public record Options(boolean exposeRouting, boolean allowReadFrom) {

	}

}
