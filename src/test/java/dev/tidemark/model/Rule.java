package dev.tidemark.model;

/**
 * A rule of the protocol that the model can do without, and the scope in which it finds
 * out.
 */
enum Rule {

	/** The position is taken after the commit, not before; traps 1 and 2. */
	POSITION_AFTER_COMMIT(Scope.WRITES),

	/** A position just behind a page header is taken back; trap 3. */
	POSITION_AS_REPLAY_REPORTS_IT(Scope.WRITES),

	/** A commit is acknowledged when its marker is kept, not before. */
	MARK_BEFORE_ACKNOWLEDGEMENT(Scope.WRITES),

	/** The store keeps the later of two positions; trap 4. */
	MAX_MERGE(Scope.WRITES),

	/** A marker outlives the staleness of every replica that may serve; trap 6. */
	TTL_ABOVE_MAX_STALENESS(Scope.TIME),

	/** A commit without a marker is held; trap 5. */
	HOLD_WITHOUT_MARKER(Scope.STORE),

	/** It is held for every replica, not for one; trap 5. */
	HOLD_FOR_ALL_REPLICAS(Scope.HOLD),

	/** A replica that is out of sight here may serve elsewhere. */
	HOLD_FOR_REPLICAS_OUT_OF_SIGHT(Scope.HOLD_IN_TIME),

	/** A user whose marker can't be read has written. */
	DOUBT_IS_PRIMARY(Scope.STORE),

	/** After the store was away, everybody has to see what there is. */
	FLOOR_AFTER_STORE_LOSS(Scope.STORE),

	/** Another epoch than before says that markers are lost. */
	EPOCH_IS_COMPARED(Scope.STORE),

	/** So does a connection to the store that was interrupted. */
	INTERRUPTIONS_COUNT(Scope.STORE),

	/** The floor is taken after the store was asked for its epochs, not before. */
	EPOCHS_BEFORE_FLOOR(Scope.STORE),

	/** What was known of a replica dies with its run; trap 8. */
	FORGET_ON_RESTART(Scope.RESTART),

	/** The server behind a new connection is asked who it is; trap 8. */
	CONNECTION_IS_ASKED(Scope.RESTART),

	/** Positions are compared on one timeline only. */
	TIMELINES_ARE_COMPARED(Scope.FAILOVER),

	/** After a promotion a floor takes the place of an older timeline's fence. */
	FLOOR_AFTER_PROMOTION(Scope.FAILOVER),

	/** A fence of an older timeline does not stay. */
	OLD_TIMELINE_PINS_NOBODY(Scope.FAILOVER),

	/** A fence above the primary's position is not waited for. */
	FENCE_ABOVE_PRIMARY_IS_FOUND(Scope.LOST_TAIL),

	/** A marker above the primary's position may hide a write that the primary has. */
	FENCE_ABOVE_PRIMARY_IS_ITS_POSITION(Scope.LOST_TAIL),

	/** The staleness is the age of a position that was replayed; trap 7. */
	STALENESS_FROM_POSITIONS(Scope.LATE_ANSWERS),

	/** The moment of a sample is that of the question, not of the answer. */
	MOMENT_OF_THE_QUESTION(Scope.LATE_ANSWERS),

	/** A replica beyond the limit serves nobody. */
	STALENESS_LIMIT(Scope.TIME),

	/** A user reads at home. */
	HOME_REPLICA(Scope.MONOTONIC),

	/** Another replica than the home has to hold what the primary holds now. */
	PROOF_AWAY_FROM_HOME(Scope.MONOTONIC),

	/** What was seen away from home is remembered. */
	REMEMBER_WHAT_WAS_SEEN(Scope.MONOTONIC),

	/** A home that was restarted has to hold first what it may have shown. */
	HOME_NO_OLDER_THAN_IT_WAS(Scope.MONOTONIC_RESTART);

	private final Scope scope;

	Rule(Scope scope) {
		this.scope = scope;
	}

	Scope scope() {
		return this.scope;
	}

}
