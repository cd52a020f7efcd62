package dev.tidemark.session;

import java.util.concurrent.CompletableFuture;

import dev.tidemark.marker.MarkerReading;

/**
 * What a token says about the session that shows it.
 *
 * @param accepted whether it is one of ours
 * @param bound whether it was given to a user
 * @param seat the visitor's seat, {@link Visitor#NO_SEAT} if it was given to none
 * @param fence what its session has to see; never completes exceptionally
 */
public record TokenReading(boolean accepted, boolean bound, int seat, CompletableFuture<MarkerReading> fence) {

	/**
	 * Return the reading of a token that is ignored.
	 * @param fence what has to be seen nevertheless
	 * @return the reading
	 */
	public static TokenReading ignored(MarkerReading fence) {
		return new TokenReading(false, false, Visitor.NO_SEAT, CompletableFuture.completedFuture(fence));
	}

}
