package dev.tidemark.history;

import java.io.Serializable;

/**
 * An instance of an application, wherever it runs. Thread-safe.
 */
public interface Member extends AutoCloseable {

	/**
	 * Perform a step for a user who is known by a key.
	 * @param user the key
	 * @param step the step
	 * @return what came out of it
	 * @throws Exception if it failed
	 */
	Result performAs(String user, Step step) throws Exception;

	/**
	 * Perform a step for a visitor.
	 * @param token the token that the visitor brings along, empty if there is none yet
	 * @param step the step
	 * @return what came out of it
	 * @throws Exception if it failed
	 */
	Continued performWith(String token, Step step) throws Exception;

	@Override
	void close();

	/**
	 * What came out of a visitor's step.
	 *
	 * @param result the result
	 * @param token the token that the visitor brings along to the next
	 */
	record Continued(Result result, String token) implements Serializable {

	}

}
