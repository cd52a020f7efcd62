package dev.tidemark;

import java.util.concurrent.Callable;

/**
 * The session of the current thread, for code that runs outside a request: jobs, message
 * listeners, tests. Injectable and thread-safe.
 */
public interface ConsistencySession {

	/**
	 * Call something as a user: its reads see what the user has written, and its writes
	 * are the user's. The session that was current before is current again afterwards.
	 * @param <T> the type of the result
	 * @param userKey the user's key, as a {@link UserKeyResolver} would return it
	 * @param callable what to call
	 * @return its result
	 * @throws Exception what the callable throws
	 */
	<T> T callAs(String userKey, Callable<T> callable) throws Exception;

	/**
	 * Run something as a user, like {@link #callAs}.
	 * @param userKey the user's key, as a {@link UserKeyResolver} would return it
	 * @param runnable what to run
	 */
	void runAs(String userKey, Runnable runnable);

}
