package dev.tidemark.wal;

import org.jspecify.annotations.Nullable;

/**
 * What is known of the primary. Immutable and thread-safe.
 *
 * @param reachable whether it answered, as a primary, when it was last asked
 * @param systemIdentifier the identifier of the cluster; {@code null} until it is known
 * @param position its insert position when it was last asked with success; {@code null}
 * until then
 * @param timelineFloor the first position that was seen on the current timeline: what has
 * survived of an older timeline lies below it; {@code null} until one is known
 * @param server where it is: {@link #CONFIGURED}, or the name of the replica that was
 * promoted
 * @param serverSince when that server was first seen to be the primary, since its last
 * promotion, by {@link System#nanoTime()}; {@code null} if no other has been before
 * @param sampledAt when it was last asked with success, by {@link System#nanoTime()}: the
 * moment of the question; {@code null} until then
 * @param problem why it is not reachable; {@code null} if it is, or if that is not sure
 * yet
 */
public record PrimaryStatus(boolean reachable, @Nullable String systemIdentifier, @Nullable WalPosition position,
		@Nullable WalPosition timelineFloor, String server, @Nullable Long serverSince, @Nullable Long sampledAt,
		@Nullable PrimaryProblem problem) {

	/**
	 * The server at the address that is configured for the primary. No replica has this
	 * name.
	 */
	public static final String CONFIGURED = "primary";

	static final PrimaryStatus UNKNOWN = new PrimaryStatus(false, null, null, null);

	/**
	 * Create the status of the server at the configured address.
	 * @param reachable whether it answered when it was last asked
	 * @param systemIdentifier the identifier of the cluster
	 * @param position its insert position
	 * @param timelineFloor the first position that was seen on the current timeline
	 */
	public PrimaryStatus(boolean reachable, @Nullable String systemIdentifier, @Nullable WalPosition position,
			@Nullable WalPosition timelineFloor) {
		this(reachable, systemIdentifier, position, timelineFloor, CONFIGURED, null, null, null);
	}

	PrimaryStatus answered(String server, String systemIdentifier, WalPosition position, long now) {
		WalPosition floor = this.timelineFloor;
		boolean sameTimeline = floor != null && floor.timeline() == position.timeline();
		boolean same = server.equals(this.server) && (sameTimeline || floor == null);
		return new PrimaryStatus(true, systemIdentifier, position, sameTimeline ? floor : position, server,
				same ? this.serverSince : (Long) now, now, null);
	}

	PrimaryStatus unreachable(@Nullable PrimaryProblem problem) {
		return new PrimaryStatus(false, this.systemIdentifier, this.position, this.timelineFloor, this.server,
				this.serverSince, this.sampledAt, problem);
	}

	/**
	 * Return whether the server is known not to be of use to anybody now.
	 * @return {@code false} also if only the monitor may have trouble with it
	 */
	public boolean isAway() {
		return this.problem != null && !this.problem.mayServe();
	}

}
