package dev.tidemark.model;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

import dev.tidemark.ConsistencyLevel;

/**
 * How much there is of everything in one exploration. In each scope at most one fault
 * happens, one user is there, and one read is under way at a time.
 */
enum Scope {

	/** Two writes of a user at once, on two instances. */
	WRITES((scope) -> {
		scope.instances = 2;
		scope.commits = 2;
		scope.writesAtOnce = 2;
		scope.checksServed = true;
		scope.depth = 10;
	}),

	/** The marker store fails in one of its ways, while one instance is starting. */
	STORE((scope) -> {
		scope.instances = 2;
		scope.starting = 1;
		scope.checksServed = true;
		scope.depth = 10;
	}, Fault.STORE_FLUSHED, Fault.STORE_FAILED_OVER, Fault.INSTANCE_CUT_OFF),

	/** A commit whose marker can't be kept, and two replicas. */
	HOLD((scope) -> {
		scope.instances = 2;
		scope.replicas = 2;
		scope.depth = 9;
	}, Fault.INSTANCE_CUT_OFF),

	/** The same, with one replica, while time passes. */
	HOLD_IN_TIME((scope) -> {
		scope.instances = 2;
		scope.ticks = 2;
		scope.beginsCutOff = true;
		scope.depth = 9;
	}),

	/** An instance crashes between a commit and its marker. */
	INSTANCE((scope) -> {
		scope.instances = 2;
		scope.commits = 2;
		scope.depth = 9;
	}, Fault.INSTANCE_CRASHED),

	/** A replica comes back older than it was. */
	RESTART((scope) -> {
		scope.replicas = 2;
		scope.commits = 2;
		scope.checksServed = true;
		scope.depth = 11;
	}, Fault.REPLICA_RESTARTED),

	/** A replica becomes the primary, and a write may be lost. */
	FAILOVER((scope) -> {
		scope.replicas = 2;
		scope.commits = 2;
		scope.checksServed = true;
		scope.depth = 11;
	}, Fault.PROMOTION),

	/** The primary comes back without its last writes. */
	LOST_TAIL((scope) -> {
		scope.commits = 3;
		scope.checksServed = true;
		scope.depth = 14;
	}, Fault.PRIMARY_LOST_TAIL),

	/** Time passes. */
	TIME((scope) -> {
		scope.ticks = 4;
		scope.depth = 10;
	}),

	/** Time passes while answers of servers are under way. */
	LATE_ANSWERS((scope) -> {
		scope.ticks = 3;
		scope.lateAnswers = true;
		scope.depth = 9;
	}),

	/** A user reads monotonically on two instances that disagree about their home. */
	MONOTONIC((scope) -> {
		scope.instances = 2;
		scope.replicas = 2;
		scope.level = ConsistencyLevel.SESSION;
		scope.depth = 10;
	}, Fault.REPLICA_UNREACHABLE),

	/**
	 * The primary dies while a user reads away from home. What was seen is remembered
	 * then by the positions that the replicas tell.
	 */
	MONOTONIC_PRIMARY((scope) -> {
		scope.instances = 1;
		scope.replicas = 2;
		scope.commits = 2;
		scope.level = ConsistencyLevel.SESSION;
		scope.depth = 18;
	}, Fault.PRIMARY_DOWN),

	/** The marker store fails under users who read monotonically. */
	MONOTONIC_STORE((scope) -> {
		scope.instances = 2;
		scope.replicas = 2;
		scope.level = ConsistencyLevel.SESSION;
		scope.depth = 8;
	}, Fault.STORE_FAILED_OVER, Fault.STORE_FLUSHED, Fault.INSTANCE_CUT_OFF),

	/** A replica becomes the primary under a user who reads monotonically. */
	MONOTONIC_FAILOVER((scope) -> {
		scope.instances = 1;
		scope.replicas = 2;
		scope.level = ConsistencyLevel.SESSION;
		scope.depth = 10;
	}, Fault.PROMOTION),

	/** A user reads monotonically from a home that comes back older. */
	MONOTONIC_RESTART((scope) -> {
		scope.replicas = 2;
		scope.commits = 2;
		scope.level = ConsistencyLevel.SESSION;
		scope.depth = 11;
	}, Fault.REPLICA_RESTARTED);

	int instances = 1;

	int starting;

	int replicas = 1;

	int users = 1;

	int commits = 1;

	int writesAtOnce = 1;

	int ticks;

	/**
	 * Whether the first instance is cut off from the store from the beginning.
	 */
	boolean beginsCutOff;

	boolean lateAnswers;

	/**
	 * Whether it is checked that nobody is pinned to the primary.
	 */
	boolean checksServed;

	ConsistencyLevel level = ConsistencyLevel.READ_YOUR_WRITES;

	int depth;

	final Set<Fault> faults;

	Scope(Consumer<Scope> bounds, Fault... faults) {
		this.faults = (faults.length > 0) ? EnumSet.of(faults[0], faults) : EnumSet.noneOf(Fault.class);
		bounds.accept(this);
	}

}
