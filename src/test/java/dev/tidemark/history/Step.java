package dev.tidemark.history;

import java.io.Serializable;
import java.util.List;

import dev.tidemark.ConsistencyLevel;

/**
 * One operation of a session.
 *
 * @param action what is done
 * @param place where it is done
 * @param instance the number of the instance that does it
 * @param written the row that it writes, if it writes
 * @param read the rows that it reads, if it reads
 */
public record Step(Action action, Place place, int instance, String written,
		List<String> read) implements Serializable {

	/**
	 * What a step does.
	 */
	public enum Action {

		/** A read-write transaction that writes. */
		WRITE(true, ConsistencyLevel.PRIMARY),

		/** A statement outside a transaction that writes. */
		WRITE_OUTSIDE_TRANSACTION(true, ConsistencyLevel.PRIMARY),

		/** A read-write transaction that writes and then reads. */
		WRITE_AND_READ(true, ConsistencyLevel.PRIMARY),

		/** A read-write transaction that writes, and is ended by a text. */
		WRITE_AND_COMMIT_AS_TEXT(true, ConsistencyLevel.PRIMARY),

		/** A read-only transaction at level EVENTUAL. */
		READ_EVENTUAL(false, ConsistencyLevel.EVENTUAL),

		/** A read-only transaction at level BOUNDED_STALENESS with a limit of its own. */
		READ_BOUNDED(false, ConsistencyLevel.BOUNDED_STALENESS),

		/** A read-only transaction at level READ_YOUR_WRITES. */
		READ_OWN_WRITES(false, ConsistencyLevel.READ_YOUR_WRITES),

		/** A read-only transaction at the default level, which is SESSION. */
		READ_SESSION(false, ConsistencyLevel.SESSION),

		/** A query outside a transaction at the default level. */
		READ_OUTSIDE_TRANSACTION(false, ConsistencyLevel.SESSION),

		/** A read-only transaction at the default level that is ended by a text. */
		READ_AND_COMMIT_AS_TEXT(false, ConsistencyLevel.SESSION),

		/** A read-only transaction at level PRIMARY. */
		READ_PRIMARY(false, ConsistencyLevel.PRIMARY),

		/** A query outside a transaction at level PRIMARY. */
		READ_PRIMARY_OUTSIDE_TRANSACTION(false, ConsistencyLevel.PRIMARY);

		private final boolean writes;

		private final ConsistencyLevel level;

		Action(boolean writes, ConsistencyLevel level) {
			this.writes = writes;
			this.level = level;
		}

		public boolean writes() {
			return this.writes;
		}

		/**
		 * Return the level at which the step reads.
		 */
		public ConsistencyLevel level() {
			return this.level;
		}

	}

	/**
	 * The thread on which a step runs.
	 */
	public enum Place {

		/** The thread of the session. */
		SAME_THREAD,

		/** A thread of the instance's executor, to which a task is submitted. */
		EXECUTOR,

		/** A thread on which an asynchronous method runs. */
		ASYNC_METHOD

	}

}
