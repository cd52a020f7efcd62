package dev.tidemark.wal;

import java.util.List;

/**
 * Lets a model drive the {@link ClusterTracker} with samples of its own.
 */
public final class TrackerSteps {

	private final ClusterTracker tracker;

	/**
	 * Create a tracker that knows nothing yet.
	 * @param replicas the names of the replicas
	 */
	public TrackerSteps(List<String> replicas) {
		this.tracker = new ClusterTracker(replicas, Readmission.Limits.NONE);
	}

	/**
	 * Return the tracker, whose content can be copied.
	 * @return an object that is not thread-safe to copy
	 */
	public Object live() {
		return this.tracker;
	}

	/**
	 * Let the primary answer.
	 * @param sample what it said
	 */
	public void primaryAnswered(ServerSample sample) {
		this.tracker.primaryAnswered(sample);
	}

	/**
	 * Let the primary not answer.
	 */
	public void primaryFailed() {
		this.tracker.primaryFailed(PrimaryProblem.REFUSED);
	}

	/**
	 * Let a replica answer.
	 * @param name its name
	 * @param sample what it said
	 */
	public void replicaAnswered(String name, ServerSample sample) {
		this.tracker.replicaAnswered(name, sample);
	}

	/**
	 * Let a replica not answer.
	 * @param name its name
	 */
	public void replicaFailed(String name) {
		this.tracker.replicaFailed(name);
	}

	/**
	 * Return whether the last answer of a replica came from the same run.
	 * @param name its name
	 * @param sample an answer of the run in question
	 * @return {@code false} if it was restarted since, or is not known
	 */
	public boolean isCurrentRun(String name, ServerSample sample) {
		return this.tracker.isCurrentRun(name, sample);
	}

	/**
	 * Return what is known.
	 * @return the status
	 */
	public ClusterStatus status() {
		return this.tracker.status();
	}

}
