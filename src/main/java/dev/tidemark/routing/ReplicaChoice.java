package dev.tidemark.routing;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

import dev.tidemark.wal.ReplicaStatus;

/**
 * Chooses among the replicas that may serve, by their weights. Thread-safe.
 */
final class ReplicaChoice {

	private final Map<String, Integer> weights;

	private final DoubleSupplier random;

	ReplicaChoice(Map<String, Integer> weights) {
		this(weights, () -> ThreadLocalRandom.current().nextDouble());
	}

	ReplicaChoice(Map<String, Integer> weights, DoubleSupplier random) {
		this.weights = Map.copyOf(weights);
		this.random = random;
	}

	/**
	 * Choose a replica.
	 * @param eligible the replicas that may serve, at least one
	 * @return one of them
	 */
	ReplicaStatus among(List<ReplicaStatus> eligible) {
		int total = eligible.stream().mapToInt(this::weight).sum();
		double point = this.random.getAsDouble() * total;
		for (ReplicaStatus replica : eligible) {
			point -= weight(replica);
			if (point < 0) {
				return replica;
			}
		}
		return eligible.get(eligible.size() - 1);
	}

	private int weight(ReplicaStatus replica) {
		return this.weights.getOrDefault(replica.name(), 1);
	}

}
