package example;

import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

/**
 * What a client did wrong; Spring MVC answers it as a problem detail.
 */
final class Problem {

	private Problem() {
	}

	static ResponseStatusException badRequest(String detail) {
		return new ResponseStatusException(HttpStatus.BAD_REQUEST, detail);
	}

	static ResponseStatusException notFound(String detail) {
		return new ResponseStatusException(HttpStatus.NOT_FOUND, detail);
	}

	static ResponseStatusException conflict(String detail) {
		return new ResponseStatusException(HttpStatus.CONFLICT, detail);
	}

	static ResponseStatusException unavailable(String detail) {
		return new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, detail);
	}

}
