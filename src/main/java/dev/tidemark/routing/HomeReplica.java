package dev.tidemark.routing;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The order in which replicas serve a user: the same on all instances, different for each
 * user, with shares by weight. A replica that leaves or joins moves no user but those it
 * serves. Weighted rendezvous hashing
 * (<a href="https://datatracker.ietf.org/doc/draft-ietf-bess-weighted-hrw/">Weighted
 * HRW</a>). Immutable and thread-safe.
 */
final class HomeReplica {

	private final Map<String, Integer> weights;

	HomeReplica(Map<String, Integer> weights) {
		this.weights = Map.copyOf(weights);
	}

	/**
	 * Order the replicas for a user. The order holds for every status of them.
	 * @param replicas the names of all replicas
	 * @param key names the user
	 * @return the names, the user's home first
	 */
	List<String> order(Collection<String> replicas, String key) {
		return replicas.stream()
			.sorted(Comparator.<String>comparingDouble((replica) -> score(replica, key)).reversed())
			.toList();
	}

	private double score(String replica, String key) {
		double point = ((hash(replica + '\n' + key) >>> 11) + 0.5) / (1L << 53);
		return -this.weights.getOrDefault(replica, 1) / Math.log(point);
	}

	/**
	 * FNV-1a, mixed as in MurmurHash3: equal on every JVM.
	 */
	private static long hash(String text) {
		long hash = 0xcbf29ce484222325L;
		for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
			hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
		}
		hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
		hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
		return hash ^ (hash >>> 33);
	}

}
