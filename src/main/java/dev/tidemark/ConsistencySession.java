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

	/**
	 * Return what the current session has to see: what its user has written, and what it
	 * was resumed with. May ask the marker store, and the primary if it was read outside
	 * transactions.
	 * @return the token, never {@code null}; empty if nothing has to be seen
	 */
	ConsistencyToken token();

	/**
	 * Continue the session that a token is from, on this thread, until the returned
	 * object is closed: reads see what that session had to see. The user is who the
	 * {@link UserKeyResolver} says; a token of another user is ignored.
	 * @param token the token; one that is not valid here is ignored
	 * @return to be closed on this thread, best by try-with-resources
	 */
	Resumed resume(ConsistencyToken token);

	/**
	 * Name what is read and written on this thread until the returned object is closed:
	 * reads see what anybody has written under the same keys, and what is written is seen
	 * by later reads that name them. {@link ConsistencyKey} does it for a method. A
	 * transaction that is open now is about the keys until its end; its reads are only if
	 * it has not read anything yet.
	 * @param keys what is read and written, for example {@code post:42}
	 * @return to be closed on this thread, best by try-with-resources
	 */
	Named about(String... keys);

	/**
	 * Keys that hold until this is closed.
	 */
	@FunctionalInterface
	interface Named extends AutoCloseable {

		@Override
		void close();

	}

	/**
	 * A session that is continued until this is closed; then the one before is current
	 * again.
	 */
	@FunctionalInterface
	interface Resumed extends AutoCloseable {

		@Override
		void close();

	}

}
