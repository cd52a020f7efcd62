package dev.tidemark.routing;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.wal.Positions;
import org.jspecify.annotations.Nullable;

/**
 * What the application has set for routing. Immutable and thread-safe.
 *
 * @param defaultLevel the level of a read-only transaction that names none
 * @param maxStaleness the limit beyond which a replica serves nobody
 * @param fenceWait how long a read may wait for a replica to catch up
 * @param question how long a read waits for the answer of a replica that it asks for its
 * position
 * @param weights the weights of the replicas, by name
 * @param readsOutsideTransactions whether a query outside a transaction may run on a
 * replica
 * @param writingFunctions the names, in lower case, of the application's functions that
 * write
 * @param positions how servers tell positions
 * @param window for how long a write sends its user's reads to the primary, where
 * positions do not tell whether a replica has it; {@code null} where they do
 * @param fallbackReads how many reads that wanted a replica may use the primary at one
 * time
 * @param fallbackWait how long such a read waits for its turn
 */
public record RoutingSettings(ConsistencyLevel defaultLevel, Duration maxStaleness, Duration fenceWait,
		Duration question, Map<String, Integer> weights, boolean readsOutsideTransactions, Set<String> writingFunctions,
		Positions positions, @Nullable Supplier<Duration> window, int fallbackReads, Duration fallbackWait) {

	/**
	 * Create settings.
	 */
	public RoutingSettings {
		weights = Map.copyOf(weights);
		writingFunctions = Set.copyOf(writingFunctions);
	}

}
