package dev.tidemark.test;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Makes passwords of superusers.
 */
final class RandomPassword {

	private static final int BYTES = 16;

	private RandomPassword() {
	}

	static String create() {
		byte[] bytes = new byte[BYTES];
		new SecureRandom().nextBytes(bytes);
		return HexFormat.of().formatHex(bytes);
	}

}
