package example;

import dev.tidemark.UserKeyResolver;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * The user is who the request's header {@code X-User} says: good enough for a demo.
 */
@Component
class CurrentUser implements UserKeyResolver {

	static final String HEADER = "X-User";

	@Override
	public @Nullable String currentUserKey() {
		if (!(RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes)) {
			return null;
		}
		HttpServletRequest request = attributes.getRequest();
		String user = request.getHeader(HEADER);
		return (user == null || user.isBlank()) ? null : user.strip();
	}

	/**
	 * The name of the user of a request that makes no sense without one.
	 */
	String required() {
		String user = currentUserKey();
		if (user == null) {
			throw Problem.badRequest("Say who you are: the header " + HEADER + " is missing");
		}
		return Input.userName("The header " + HEADER, user);
	}

}
