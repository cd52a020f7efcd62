package dev.tidemark.history;

import java.io.Serializable;
import java.time.Duration;
import java.util.Map;

import dev.tidemark.ConsistencyLevel;

/**
 * A read that returned.
 *
 * @param client who read
 * @param visitor whether that is a visitor without a user key, who has a token only
 * @param inWrite whether the same step wrote as well
 * @param level the level that the read was promised
 * @param limit the staleness that the read was promised
 * @param seen what it saw
 * @param start when it began
 * @param end when it returned
 * @param instance the number of the instance that read
 */
public record Read(String client, boolean visitor, boolean inWrite, ConsistencyLevel level, Duration limit, Seen seen,
		long start, long end, int instance) {

	@Override
	public String toString() {
		return this.client + " at level " + this.level + " on instance " + this.instance + " from "
				+ History.millis(this.start) + " to " + History.millis(this.end) + " on " + this.seen.server();
	}

	/**
	 * What a read saw.
	 *
	 * @param versions the version of each row that was asked for, zero for a row that was
	 * not there
	 * @param server the server, by its own account
	 * @param onReplica whether it was in recovery
	 */
	public record Seen(Map<String, Long> versions, String server, boolean onReplica) implements Serializable {

	}

}
