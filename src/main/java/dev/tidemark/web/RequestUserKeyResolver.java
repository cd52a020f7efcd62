package dev.tidemark.web;

import java.security.Principal;

import dev.tidemark.UserKeyResolver;
import dev.tidemark.session.Visitor;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;

import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * Takes the name of the request's authenticated principal, else the id of its HTTP
 * session if it has one.
 */
public final class RequestUserKeyResolver implements UserKeyResolver {

	@Override
	public @Nullable String currentUserKey() {
		return (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes)
				? userKey(attributes.getRequest()) : null;
	}

	private static @Nullable String userKey(HttpServletRequest request) {
		Principal principal = request.getUserPrincipal();
		if (principal != null) {
			return principal.getName();
		}
		HttpSession session = request.getSession(false);
		return (session != null) ? Visitor.key(session.getId()) : null;
	}

}
