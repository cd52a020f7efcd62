package dev.tidemark.wal;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes threads that do not keep the JVM alive, with a common name and a number.
 * Thread-safe.
 */
public final class DaemonThreads implements ThreadFactory {

	private final AtomicInteger number = new AtomicInteger();

	private final String name;

	/**
	 * Create a factory.
	 * @param name the common part of the names
	 */
	public DaemonThreads(String name) {
		this.name = name;
	}

	@Override
	public Thread newThread(Runnable task) {
		Thread thread = new Thread(task, this.name + "-" + this.number.incrementAndGet());
		thread.setDaemon(true);
		return thread;
	}

}
