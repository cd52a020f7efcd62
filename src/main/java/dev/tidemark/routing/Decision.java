package dev.tidemark.routing;

import java.time.Duration;

/**
 * Where a transaction runs. Immutable and thread-safe.
 *
 * @param target {@value #PRIMARY}, or the name of a replica
 * @param reason why
 * @param stalenessBound how stale the server can be at most, zero for the primary
 * @param awayFromHome whether the replica stands in for the one that serves the user
 * otherwise, so that what is read there has to be remembered
 */
public record Decision(String target, Reason reason, Duration stalenessBound, boolean awayFromHome) {

	/**
	 * The target that is the primary.
	 */
	public static final String PRIMARY = "primary";

	/**
	 * Return the decision for the primary.
	 * @param reason why
	 * @return the decision
	 */
	public static Decision primary(Reason reason) {
		return new Decision(PRIMARY, reason, Duration.ZERO, false);
	}

	/**
	 * Return whether the target is the primary.
	 * @return {@code false} if it is a replica
	 */
	public boolean isPrimary() {
		return PRIMARY.equals(this.target);
	}

}
