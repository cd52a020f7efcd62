package dev.tidemark.routing;

/**
 * Is told how a decision ends, on the thread on which it began.
 */
public interface Deciding {

	/**
	 * Does nothing.
	 */
	Deciding UNOBSERVED = new Deciding() {
	};

	/**
	 * Called when a connection to the server is there.
	 * @param decision the decision
	 */
	default void decided(Decision decision) {
	}

	/**
	 * Called when nobody can serve, instead of {@link #decided(Decision)}.
	 * @param ex why
	 */
	default void failed(Throwable ex) {
	}

}
