package dev.tidemark.session;

/**
 * Something bound to the current thread until it is closed. Closing restores what was
 * bound before. To be closed by the thread that opened it.
 */
@FunctionalInterface
public interface Scope extends AutoCloseable {

	@Override
	void close();

}
