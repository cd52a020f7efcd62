package dev.tidemark;

/**
 * The level that a read-only transaction asked for can be met nowhere right now: no
 * replica may serve it, and the primary does not answer, or has no place left for reads
 * that wanted a replica. It is thrown at once or after a short wait, instead of a wait
 * for the primary's pool to give up. Nothing was read; the same read may be tried again
 * later.
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

	private ReadConsistencyUnavailableException(String message, ConsistencyLevel level, String reason) {
		super(message);
		this.level = level;
		this.reason = reason;
	}

	/**
	 * Create an exception for a read that no replica may serve while as many such reads
	 * as may do so use the primary.
	 * @param level the level that was asked for
	 * @param reason why no replica may serve, as metrics and headers name it
	 * @param replicas what is known of the replicas, for people
	 * @param limit how many reads may use the primary
	 * @return the exception
	 */
	public static ReadConsistencyUnavailableException becauseOfBudget(ConsistencyLevel level, String reason,
			String replicas, int limit) {
		return new ReadConsistencyUnavailableException("A read of level " + level
				+ " can be served nowhere right now: no replica may serve it (" + reason + "; " + replicas
				+ "), and as many reads that wanted a replica use the primary as may do so, " + limit
				+ ". Look why replicas lag or are lost; or raise tidemark.primary-fallback.max-concurrent, if the "
				+ "primary can bear it.", level, reason);
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
