package dev.tidemark.session;

import java.util.concurrent.CompletableFuture;

import dev.tidemark.marker.MarkerReading;
import org.jspecify.annotations.Nullable;

/**
 * Where a session finds out what it has to see. What is returned never completes
 * exceptionally. Implementations are thread-safe.
 */
public interface FenceSource {

	/**
	 * Read the marker of a user.
	 * @param userKey the user's key
	 * @return the reading
	 */
	CompletableFuture<MarkerReading> marker(String userKey);

	/**
	 * Read a token.
	 * @param token its text
	 * @param userKey the key of the user who shows it, {@code null} if there is no user
	 * @return the reading
	 */
	TokenReading token(String token, @Nullable String userKey);

}
