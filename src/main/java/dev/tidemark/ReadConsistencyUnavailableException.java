package dev.tidemark;

/**
 * The level that a read-only transaction asked for can be met nowhere right now: no
 * replica may serve it, and the primary does not answer. It is thrown at once, instead of
 * a wait for the primary's pool to give up. Nothing was read; the same read may be tried
 * again later.
 */
public class ReadConsistencyUnavailableException extends RuntimeException {

	private final ConsistencyLevel level;

	private final String reason;

	/**
	 * Create an exception.
	 * @param level the level that was asked for
	 * @param reason why no replica may serve, as metrics and headers name it
	 * @param replicas what is known of the replicas, for people
	 */
	public ReadConsistencyUnavailableException(ConsistencyLevel level, String reason, String replicas) {
		super("A read of level " + level + " can be served nowhere right now: the primary does not answer, and no "
				+ "replica may serve the read (" + reason + "; " + replicas + "). Bring the primary back. Until then "
				+ "replicas within tidemark.consistency.max-staleness serve what needs no marker: the levels EVENTUAL "
				+ "and BOUNDED_STALENESS, and reads without a user.");
		this.level = level;
		this.reason = reason;
	}

	/**
	 * Return the level that was asked for.
	 * @return the level
	 */
	public ConsistencyLevel getLevel() {
		return this.level;
	}

	/**
	 * Return why no replica may serve.
	 * @return the reason, as metrics and headers name it
	 */
	public String getReason() {
		return this.reason;
	}

}
