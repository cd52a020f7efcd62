package dev.tidemark.history;

/**
 * Takes the steps of sessions to the servers.
 */
@FunctionalInterface
public interface Backend {

	/**
	 * Perform a step. Returns when a write is acknowledged.
	 * @param session the session
	 * @param step the step
	 * @return what came out of it
	 * @throws Exception if it failed
	 */
	Result perform(PlannedSession session, Step step) throws Exception;

}
