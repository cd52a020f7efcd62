package dev.tidemark.session;

import java.util.Set;
import java.util.concurrent.CompletableFuture;

import dev.tidemark.marker.MarkerReading;
import org.jspecify.annotations.Nullable;

/**
 * Where a session finds out what it has to see. What is returned never completes
 * exceptionally. Implementations are thread-safe.
 */
public interface FenceSource {

	/**
	 * Read the markers of a user and of topics.
	 * @param names from {@link Session#names}
	 * @return the reading: the latest of what they say
	 */
	CompletableFuture<MarkerReading> markers(Set<String> names);

	/**
	 * Read a token.
	 * @param token its text
	 * @param userKey the key of the user who shows it, {@code null} if there is no user
	 * @return the reading
	 */
	TokenReading token(String token, @Nullable String userKey);

}
