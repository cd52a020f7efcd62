package dev.tidemark.test;

/**
 * Something to do when the JVM ends, unless it was done before.
 */
final class ShutdownHook {

	private final Thread thread;

	private ShutdownHook(Thread thread) {
		this.thread = thread;
	}

	/**
	 * Register an action.
	 * @param name a name for the thread that it runs on
	 * @param action what to do
	 * @throws IllegalStateException when the JVM is ending already
	 */
	static ShutdownHook register(String name, Runnable action) {
		ShutdownHook hook = new ShutdownHook(new Thread(action, name));
		Runtime.getRuntime().addShutdownHook(hook.thread);
		return hook;
	}

	void remove() {
		try {
			Runtime.getRuntime().removeShutdownHook(this.thread);
		}
		catch (IllegalStateException ex) {
			// The JVM is ending, maybe this very hook is running.
		}
	}

}
