package example;

import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

class NotFoundException extends ResponseStatusException {

	private static final long serialVersionUID = 1L;

	NotFoundException(String what) {
		super(HttpStatus.NOT_FOUND, what);
	}

}
