package example;

import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Checks what clients send.
 */
final class Input {

	private static final Pattern USER_NAME = Pattern.compile("[A-Za-z0-9._@-]{1,64}");

	private static final int MAX_BODY_LENGTH = 1000;

	private Input() {
	}

	static String userName(String what, String value) {
		if (!USER_NAME.matcher(value).matches()) {
			throw Problem.badRequest(what + " is no user name: use 1 to 64 of the characters A-Z a-z 0-9 . _ @ -");
		}
		return value;
	}

	static String body(@Nullable String value) {
		if (value == null || value.isBlank()) {
			throw Problem.badRequest("'body' is missing or blank");
		}
		if (value.length() > MAX_BODY_LENGTH) {
			throw Problem.badRequest("'body' has " + value.length() + " characters, but may have " + MAX_BODY_LENGTH);
		}
		if (value.indexOf('\0') >= 0) {
			throw Problem.badRequest("'body' contains the character U+0000, which PostgreSQL cannot store");
		}
		return value;
	}

	static long positive(String what, @Nullable Long value) {
		if (value == null || value <= 0) {
			throw Problem.badRequest("'" + what + "' must be a positive whole number");
		}
		return value;
	}

	static long between(String what, @Nullable Long value, long min, long max) {
		if (value == null || value < min || value > max) {
			throw Problem.badRequest("'" + what + "' must be a whole number from " + min + " to " + max);
		}
		return value;
	}

}
