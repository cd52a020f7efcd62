package dev.tidemark.session;

import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;

/**
 * Who comes without a login: known by a seat, one of 65,535 names under which the reads
 * of a visitor stay on one replica. Many visitors share a seat, so it identifies nobody.
 */
public final class Visitor {

	/**
	 * Stands for no seat.
	 */
	public static final int NO_SEAT = 0;

	private static final int SEATS = 0xffff;

	/**
	 * No name of a user begins so.
	 */
	private static final String PREFIX = "\0visitor ";

	private Visitor() {
	}

	/**
	 * Return the user key of a visitor who is known by a session of their own.
	 * @param session the id of that session
	 * @return the key
	 */
	public static String key(String session) {
		return PREFIX + session;
	}

	static boolean isVisitor(@Nullable String userKey) {
		return userKey == null || userKey.startsWith(PREFIX);
	}

	static int seat(String userKey) {
		return 1 + Math.floorMod(userKey.hashCode(), SEATS);
	}

	static int anySeat() {
		return 1 + ThreadLocalRandom.current().nextInt(SEATS);
	}

	static String home(int seat) {
		return PREFIX + seat;
	}

}
