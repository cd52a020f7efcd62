package dev.tidemark.test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntPredicate;

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

	// How far above its port the nodes of a Redis Cluster speak with each other.
	private static final int REDIS_CLUSTER_BUS = 10_000;

	private static final int TRIES = 1_000;

	private FreePort() {
	}

	static int choose() {
		return choose(HIGHEST, FreePort::isFree);
	}

	/**
	 * Choose a port for a Redis server. As a node of a cluster it listens on a second
	 * one, which is to be free as well.
	 */
	static int chooseForRedis() {
		return choose(HIGHEST - REDIS_CLUSTER_BUS, (port) -> isFree(port) && isFree(port + REDIS_CLUSTER_BUS));
	}

	private static int choose(int highest, IntPredicate suits) {
		for (int i = 0; i < TRIES; i++) {
			int port = ThreadLocalRandom.current().nextInt(LOWEST, highest + 1);
			if (suits.test(port)) {
				return port;
			}
		}
		throw new IllegalStateException("No free port found between " + LOWEST + " and " + highest);
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
