package dev.tidemark.marker;

import java.time.Duration;

/**
 * Is told of every marker operation. An exception of a listener is logged and goes no
 * further: it can break neither a read nor a commit. Implementations are thread-safe and
 * don't block.
 */
@FunctionalInterface
public interface MarkerListener {

	/**
	 * Called after an operation.
	 * @param operation what was done
	 * @param outcome how it went
	 * @param duration how long it took
	 */
	void onMarkerOperation(Operation operation, Outcome outcome, Duration duration);

	/**
	 * What is done with a marker.
	 */
	enum Operation {

		/** A marker is read. */
		READ,

		/** A marker is written. */
		WRITE

	}

	/**
	 * How an operation went.
	 */
	enum Outcome {

		/** The store answered. */
		SUCCESS,

		/** The store answered with an error, or not in time. */
		FAILURE,

		/** The store was not asked, because it is known not to be trusted right now. */
		REJECTED

	}

}
