package dev.tidemark.routing;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Where a transaction runs. Immutable and thread-safe.
 *
 * @param target {@value #PRIMARY}, or the name of a replica
 * @param reason why
 * @param stalenessBound how stale the server can be at most, zero for the primary
 * @param awayFromHome whether the replica stands in for the one that serves the user
 * otherwise, so that what is read there has to be remembered
 * @param sureUntil until when, by {@link System#nanoTime()}, what is read at home need
 * not be remembered; {@code null} if it need not at any time
 */
public record Decision(String target, Reason reason, Duration stalenessBound, boolean awayFromHome,
		@Nullable Long sureUntil) {

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
		return new Decision(PRIMARY, reason, Duration.ZERO, false, null);
	}

	/**
	 * Return whether what was read on a replica has to be remembered.
	 * @param now when the read has ended, by {@link System#nanoTime()}
	 */
	boolean isToBeRemembered(long now) {
		return this.awayFromHome || (this.sureUntil != null && now - this.sureUntil > 0);
	}

	/**
	 * Return whether the target is the primary.
	 * @return {@code false} if it is a replica
	 */
	public boolean isPrimary() {
		return PRIMARY.equals(this.target);
	}

}
