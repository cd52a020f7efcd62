package dev.tidemark.test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Chooses TCP ports of {@code 127.0.0.1} that nobody listens on.
 */
final class FreePort {

	/**
	 * How often to begin again when somebody else has taken a port after it was chosen.
	 */
	static final int ATTEMPTS = 5;

	// Outgoing connections get higher ports, so that none of them can take the port of a
	// server while that is stopped.
	private static final int LOWEST = 10_240;

	private static final int HIGHEST = 32_767;

	private static final int TRIES = 1_000;

	private FreePort() {
	}

	static int choose() {
		for (int i = 0; i < TRIES; i++) {
			int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
			if (isFree(port)) {
				return port;
			}
		}
		throw new IllegalStateException("No free port found between " + LOWEST + " and " + HIGHEST);
	}

	private static boolean isFree(int port) {
		try (ServerSocket socket = new ServerSocket()) {
			socket.setReuseAddress(true);
			socket.bind(new InetSocketAddress("127.0.0.1", port));
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

}
