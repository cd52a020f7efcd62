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
				log(logger, replica, was, after.primary());
			}
		}
		logPrimary(logger, before.primary(), after.primary());
	}

	private static void logPrimary(Log logger, PrimaryStatus before, PrimaryStatus after) {
		if (!before.server().equals(after.server())) {
			logger.warn("The primary is " + name(after) + " from now on, at " + after.position() + " (was "
					+ name(before) + "). Writes go there.");
		}
		else if (after.problem() != null && after.problem() != before.problem()) {
			logger.warn("There is no primary: " + name(after) + " " + after.problem().text()
					+ ". Writes fail until it is back or a replica was promoted; replicas within max-staleness serve.");
		}
		else if (after.reachable() && before.problem() != null) {
			logger.info("The primary, " + name(after) + ", answers again, at " + after.position());
		}
	}

	private static String name(PrimaryStatus primary) {
		return primary.server().equals(PrimaryStatus.CONFIGURED) ? "the server at the primary's address"
				: "replica '" + primary.server() + "', which was promoted,";
	}

	private static void log(Log logger, ReplicaStatus replica, ReplicaState was, PrimaryStatus primary) {
		if (was == ReplicaState.RETURNING && replica.state() == ReplicaState.UNREACHABLE) {
			logger.debug("Replica '" + replica.name() + "' does not answer again");
			return;
		}
		if (was == ReplicaState.DRAINED && replica.state() == ReplicaState.UNREACHABLE) {
			logger.info("Replica '" + replica.name() + "', which is drained, does not answer");
			return;
		}
		switch (replica.state()) {
			case REPLICATING -> logger.info(
					"Replica '" + replica.name() + "' is in rotation, at " + replica.position() + " (was " + was + ")");
			case UNREACHABLE -> logger.warn("Replica '" + replica.name()
					+ "' does not answer: its reads go elsewhere until it does. It is asked again at each interval.");
			case RETURNING ->
				logger.debug("Replica '" + replica.name() + "' answers again, and serves when it goes on to do so");
			case DRAINED -> logger.debug("Replica '" + replica.name() + "' answers, and is drained");
			case NOT_A_REPLICA -> logPromotion(logger, replica, primary);
			case FOREIGN_CLUSTER -> logger.warn("Replica '" + replica.name()
					+ "' belongs to another cluster than the primary: its system identifier differs. It serves no reads.");
			case STARTING -> logger.debug("Replica '" + replica.name() + "' has not replayed anything yet");
		}
	}

	private static void logPromotion(Log logger, ReplicaStatus replica, PrimaryStatus primary) {
		if (primary.server().equals(replica.name())) {
			return;
		}
		String text = "Replica '" + replica.name()
				+ "' is not in recovery: it was promoted, or its URL names a primary. It serves no reads.";
		if (primary.reachable()) {
			logger.error(text + " The primary answers as well, and keeps the writes: stop one of the two servers.");
		}
		else {
			logger.warn(text);
		}
	}

}
