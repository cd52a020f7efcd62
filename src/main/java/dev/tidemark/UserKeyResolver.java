package dev.tidemark;

import org.jspecify.annotations.Nullable;

/**
 * Says who the current user is. Whoever has the same key reads their own writes, on any
 * instance of the application. Define a bean of this type to replace the default: the
 * name of the authenticated principal, else the id of the HTTP session if there is one.
 * <p>
 * The key never leaves the process: stores see a MAC of it. It may be any text of any
 * length. The method is called on the thread that uses the database, for each
 * transaction, so it should return at once; it must be thread-safe. An exception it
 * throws fails the read; after a write it is logged and the write counts as nobody's.
 */
@FunctionalInterface
public interface UserKeyResolver {

	/**
	 * Return the key of the current user.
	 * @return the key, {@code null} if there is no user
	 */
	@Nullable String currentUserKey();

}
