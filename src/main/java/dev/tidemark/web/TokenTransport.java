package dev.tidemark.web;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.tidemark.ConsistencyToken;
import dev.tidemark.session.Session;
import dev.tidemark.session.SessionCarrier;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;

/**
 * Carries session tokens in a cookie and in the header {@value #HEADER}. Immutable and
 * thread-safe.
 */
final class TokenTransport {

	static final String HEADER = SessionCarrier.HEADER;

	private final String cookieName;

	TokenTransport(String cookieName) {
		this.cookieName = cookieName;
	}

	/**
	 * Continue the sessions whose tokens a request carries.
	 */
	void read(HttpServletRequest request, Session session) {
		Stream.concat(Stream.ofNullable(request.getHeader(HEADER)), cookies(request))
			.map(ConsistencyToken::parse)
			.filter((token) -> !token.isEmpty())
			.map(ConsistencyToken::toString)
			.distinct()
			.limit(2)
			.forEach(session::resume);
	}

	private Stream<String> cookies(HttpServletRequest request) {
		Cookie[] cookies = request.getCookies();
		return (cookies != null) ? Arrays.stream(cookies)
			.filter((cookie) -> cookie.getName().equals(this.cookieName))
			.map(Cookie::getValue) : Stream.empty();
	}

	/**
	 * Send a token. What carries one is not for shared caches.
	 */
	void write(String token, HttpServletRequest request, HttpServletResponse response) {
		response.setHeader(HEADER, token);
		response.addHeader(HttpHeaders.SET_COOKIE,
				ResponseCookie.from(this.cookieName, token)
					.path("/")
					.httpOnly(true)
					.sameSite("Lax")
					.secure(request.isSecure())
					.build()
					.toString());
		response.setHeader(HttpHeaders.CACHE_CONTROL, asPrivate(response.getHeader(HttpHeaders.CACHE_CONTROL)));
	}

	private static String asPrivate(@Nullable String cacheControl) {
		if (cacheControl == null || cacheControl.isBlank()) {
			return "private";
		}
		String lower = cacheControl.toLowerCase(Locale.ROOT);
		if (lower.contains("no-store") || lower.contains("private")) {
			return cacheControl;
		}
		return Stream
			.concat(Arrays.stream(cacheControl.split(","))
				.map(String::strip)
				.filter((directive) -> !directive.equalsIgnoreCase("public")), Stream.of("private"))
			.collect(Collectors.joining(", "));
	}

}
