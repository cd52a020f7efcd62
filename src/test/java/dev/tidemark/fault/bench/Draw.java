package dev.tidemark.fault.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

import dev.tidemark.test.PostgresReplica;

/**
 * Draws what faults that happen together break, so that none needs what another one has
 * broken.
 */
final class Draw {

	private final Bench bench;

	private final Random random;

	private final Set<String> taken = new HashSet<>();

	private boolean clashes;

	Draw(Bench bench, Random random) {
		this.bench = bench;
		this.random = random;
	}

	/**
	 * Return a replica that no other fault of this draw breaks.
	 */
	PostgresReplica replica() {
		List<PostgresReplica> left = new ArrayList<>(replicas());
		PostgresReplica replica = left.get(this.random.nextInt(left.size()));
		this.taken.add(replica.name());
		return replica;
	}

	/**
	 * Return the replicas that no fault has drawn, which may be fewer later.
	 */
	List<PostgresReplica> replicas() {
		return this.bench.replicas().stream().filter((replica) -> !this.taken.contains(replica.name())).toList();
	}

	Random random() {
		return this.random;
	}

	/**
	 * Return one of several.
	 */
	<T> T either(List<T> of) {
		return of.get(this.random.nextInt(of.size()));
	}

	/**
	 * Take note that a fault breaks something, or can't do without it.
	 */
	void need(String what) {
		this.clashes |= !this.taken.add(what);
	}

	/**
	 * Return whether one fault needs what another one breaks.
	 */
	boolean clashes() {
		return this.clashes;
	}

}
