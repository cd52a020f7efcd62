package dev.tidemark.wal;

import java.time.Duration;

/**
 * When a replica that was lost serves again: after several answers in a row, over a time
 * that doubles each time it is lost again soon after. Immutable and thread-safe.
 *
 * @param losses how often it was lost, each time soon after it was back
 * @param out whether it is lost, or has not answered for long enough since
 * @param answers the number of answers since it last failed to answer
 * @param since while it is out, the moment of the first of these answers, if there is
 * one; else the moment when it was back
 */
record Readmission(int losses, boolean out, int answers, long since) {

	/**
	 * A replica that was never lost.
	 */
	static final Readmission NEVER_LOST = new Readmission(0, false, 0, 0);

	private static final int MOST_DOUBLINGS = 30;

	/**
	 * Take note that the replica does not answer.
	 * @param lastAnswer the moment of its last answer
	 * @param limits the limits
	 * @return what to go by from now on
	 */
	Readmission lost(long lastAnswer, Limits limits) {
		if (this.out) {
			return new Readmission(this.losses, true, 0, 0);
		}
		boolean again = this.losses > 0 && lastAnswer - this.since < limits.memory();
		return new Readmission(again ? this.losses + 1 : 1, true, 0, 0);
	}

	/**
	 * Take note of an answer.
	 * @param moment the moment of the answer
	 * @param limits the limits
	 * @return what to go by from now on
	 */
	Readmission answered(long moment, Limits limits) {
		if (!this.out) {
			return this;
		}
		Readmission next = new Readmission(this.losses, true, this.answers + 1,
				(this.answers == 0) ? moment : this.since);
		return (next.answers >= limits.answers() && moment - next.since >= limits.time(this.losses)) ? next.back(moment)
				: next;
	}

	/**
	 * Let the replica serve again.
	 * @param moment the moment
	 * @return what to go by from now on
	 */
	Readmission back(long moment) {
		return new Readmission(this.losses, false, 0, moment);
	}

	/**
	 * How long a replica has to answer.
	 *
	 * @param answers the least number of answers
	 * @param first the least time, in nanoseconds, after the first loss
	 * @param longest the least time after many
	 * @param memory how long it has to serve until a loss is the first one again
	 */
	record Limits(int answers, long first, long longest, long memory) {

		/**
		 * The first answer is enough.
		 */
		static final Limits NONE = new Limits(0, 0, 0, 0);

		/**
		 * A clean restart costs a quarter of a second, and flapping less than one.
		 */
		static final Limits DEFAULT = new Limits(3, Duration.ofMillis(200).toNanos(), Duration.ofMillis(800).toNanos(),
				Duration.ofSeconds(10).toNanos());

		long time(int losses) {
			return Math.min(this.longest, this.first << Math.min(losses - 1, MOST_DOUBLINGS));
		}

	}

}
