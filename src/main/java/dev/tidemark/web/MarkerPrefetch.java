package dev.tidemark.web;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.http.HttpMethod;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Has the user's marker asked for as soon as it is known that a controller will serve a
 * GET request: after security, so that the user is known, and before the application's
 * own work, behind which the answer's latency is hidden. Requests that may write need no
 * marker for it.
 */
public final class MarkerPrefetch implements HandlerInterceptor {

	private static final Log logger = LogFactory.getLog(MarkerPrefetch.class);

	private final Runnable prefetch;

	/**
	 * Create an interceptor.
	 * @param prefetch asks for the marker of the current session
	 */
	public MarkerPrefetch(Runnable prefetch) {
		this.prefetch = prefetch;
	}

	@Override
	public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
		boolean reads = HttpMethod.GET.matches(request.getMethod()) || HttpMethod.HEAD.matches(request.getMethod());
		if (reads && handler instanceof HandlerMethod && request.getDispatcherType() == DispatcherType.REQUEST) {
			try {
				this.prefetch.run();
			}
			catch (RuntimeException ex) {
				// The read will ask again, and fail if it has to.
				logger.debug("The user of a request is not known yet", ex);
			}
		}
		return true;
	}

}
