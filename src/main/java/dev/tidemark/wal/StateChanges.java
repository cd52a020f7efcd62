package dev.tidemark.wal;

import org.apache.commons.logging.Log;

/**
 * Tells the log what an operator has to know when the state of a server changes.
 */
final class StateChanges {

	private StateChanges() {
	}

	static void log(Log logger, ClusterStatus before, ClusterStatus after) {
		for (int i = 0; i < after.replicas().size(); i++) {
			ReplicaStatus replica = after.replicas().get(i);
			ReplicaState was = before.replicas().get(i).state();
			if (replica.state() != was) {
				log(logger, replica, was);
			}
		}
	}

	private static void log(Log logger, ReplicaStatus replica, ReplicaState was) {
		if (was == ReplicaState.RETURNING && replica.state() == ReplicaState.UNREACHABLE) {
			logger.debug("Replica '" + replica.name() + "' does not answer again");
			return;
		}
		switch (replica.state()) {
			case REPLICATING -> logger.info(
					"Replica '" + replica.name() + "' is in rotation, at " + replica.position() + " (was " + was + ")");
			case UNREACHABLE -> logger.warn("Replica '" + replica.name()
					+ "' does not answer: its reads go elsewhere until it does. It is asked again at each interval.");
			case RETURNING ->
				logger.debug("Replica '" + replica.name() + "' answers again, and serves when it goes on to do so");
			case NOT_A_REPLICA -> logger.warn("Replica '" + replica.name()
					+ "' is not in recovery: it was promoted, or its URL names a primary. It serves no reads.");
			case FOREIGN_CLUSTER -> logger.warn("Replica '" + replica.name()
					+ "' belongs to another cluster than the primary: its system identifier differs. It serves no reads.");
			case STARTING -> logger.debug("Replica '" + replica.name() + "' has not replayed anything yet");
		}
	}

}
