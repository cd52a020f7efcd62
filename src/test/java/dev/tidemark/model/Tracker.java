package dev.tidemark.model;

import java.util.List;

import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ServerSample;
import dev.tidemark.wal.TrackerSteps;

/**
 * The production code's tracker as a function from what was known and a sample to what is
 * known. Not thread-safe.
 */
final class Tracker {

	private final List<String> names;

	private final TrackerSteps steps;

	private final Frozen nothing;

	Tracker(List<String> names) {
		this.names = names;
		this.steps = new TrackerSteps(names);
		this.nothing = Frozen.of(this.steps.live());
	}

	Frozen nothing() {
		return this.nothing;
	}

	ClusterStatus status(Frozen tracker) {
		tracker.pourInto(this.steps.live());
		return this.steps.status();
	}

	boolean isCurrentRun(Frozen tracker, String name, ServerSample sample) {
		tracker.pourInto(this.steps.live());
		return this.steps.isCurrentRun(name, sample);
	}

	Known answered(Frozen tracker, int address, ServerSample sample) {
		tracker.pourInto(this.steps.live());
		if (address == 0) {
			this.steps.primaryAnswered(sample);
		}
		else {
			this.steps.replicaAnswered(this.names.get(address - 1), sample);
		}
		return known();
	}

	Known failed(Frozen tracker, int address) {
		tracker.pourInto(this.steps.live());
		if (address == 0) {
			this.steps.primaryFailed();
		}
		else {
			this.steps.replicaFailed(this.names.get(address - 1));
		}
		return known();
	}

	private Known known() {
		return new Known(Frozen.of(this.steps.live()), this.steps.status());
	}

	/**
	 * What is known.
	 *
	 * @param tracker the content of the tracker
	 * @param status what it says
	 */
	record Known(Frozen tracker, ClusterStatus status) {

	}

}
