package dev.tidemark.marker;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a marker store from its answers. Immutable and thread-safe. All
 * moments are by {@link System#nanoTime()}.
 * <p>
 * Instances find at different moments that a store is back. One that has not found it yet
 * may have stopped to hold what it can't keep ({@link Markers#LONGEST_HOLD}), so the
 * others must not take a missing marker for none: a store that is back is written to at
 * once, and trusted only when all have had the time to find it.
 */
sealed interface StoreState {

	/**
	 * Return why the store may be read.
	 * @return {@code null} if it may not
	 */
	default @Nullable StoreTrust trust() {
		return null;
	}

	/**
	 * Return whether markers may be written.
	 */
	default boolean isWritable() {
		return false;
	}

	/**
	 * Return whether the store, which has just answered, may be trusted with a floor that
	 * is asked for now.
	 * @param now the moment
	 */
	default boolean mayBeTrusted(long now) {
		return false;
	}

	/**
	 * Return whether the store, which is trusted, was not heard of for so long that
	 * others may have stopped to hold what they could not keep.
	 * @param now the moment
	 * @param limits the limits
	 */
	default boolean isOverdue(long now, Limits limits) {
		return false;
	}

	/**
	 * Return what is known when the store is found to be what it was when it might be
	 * trusted.
	 * @param trust why it may
	 * @param before what was known then
	 */
	default StoreState trusted(StoreTrust trust, StoreState before) {
		return this;
	}

	/**
	 * Return whether the store was asked in vain for some time.
	 * @param nanos the time
	 */
	default boolean isAwayFor(long nanos) {
		return false;
	}

	/**
	 * Return what is known when the store has not answered a question.
	 * @param now the moment when that is known
	 */
	StoreState askedInVain(long now);

	/**
	 * Return what is known when the store has answered a question.
	 * @param asked the moment when it was asked
	 * @param now the moment of the answer
	 * @param limits the limits
	 */
	StoreState answered(long asked, long now, Limits limits);

	/**
	 * Return what is known when an operation has failed, or found that markers may be
	 * lost.
	 * @param now the moment when that is known
	 */
	default StoreState distrusted(long now) {
		return askedInVain(now);
	}

	/**
	 * Return how long to wait for the next question.
	 * @param now the moment
	 * @param interval how often it is asked
	 * @param limits the limits
	 * @return the time, in nanoseconds
	 */
	default long untilNextQuestion(long now, long interval, Limits limits) {
		return interval;
	}

	/**
	 * Nobody has asked it yet.
	 */
	record Unasked() implements StoreState {

		@Override
		public StoreState askedInVain(long now) {
			return new Away(now, now, null);
		}

		@Override
		public StoreState answered(long asked, long now, Limits limits) {
			return new Answering(new Answers(asked, now));
		}

	}

	/**
	 * It does not answer, or may have lost markers.
	 *
	 * @param since from when on
	 * @param askedInVainAt when it was last asked in vain since
	 * @param before the answers before, {@code null} if they did not make it trustworthy
	 */
	record Away(long since, long askedInVainAt, @Nullable Answers before) implements StoreState {

		@Override
		public boolean isAwayFor(long nanos) {
			return this.askedInVainAt - this.since > nanos;
		}

		@Override
		public StoreState askedInVain(long now) {
			return new Away(this.since, now, this.before);
		}

		@Override
		public StoreState answered(long asked, long now, Limits limits) {
			return new Answering((this.before != null) ? this.before.and(asked, now, limits)
					: new Answers(asked, now + limits.grace()));
		}

	}

	/**
	 * It answers, and is not trusted yet.
	 *
	 * @param answers its answers
	 */
	record Answering(Answers answers) implements StoreState {

		@Override
		public boolean isWritable() {
			return true;
		}

		@Override
		public boolean mayBeTrusted(long now) {
			return now - this.answers.trustedFrom() >= 0;
		}

		@Override
		public StoreState trusted(StoreTrust trust, StoreState before) {
			boolean same = before instanceof Answering then && then.answers.trustedFrom() == this.answers.trustedFrom();
			return same ? new Trusted(trust, this.answers) : this;
		}

		/**
		 * Who was to find it in the meantime may not have.
		 */
		@Override
		public StoreState askedInVain(long now) {
			return new Away(now, now, mayBeTrusted(now) ? this.answers : null);
		}

		@Override
		public StoreState answered(long asked, long now, Limits limits) {
			return new Answering(this.answers.and(asked, now, limits));
		}

		/**
		 * It may be trusted before the interval is over.
		 */
		@Override
		public long untilNextQuestion(long now, long interval, Limits limits) {
			return mayBeTrusted(now) ? interval : Math.min(interval, this.answers.trustedFrom() - now);
		}

	}

	/**
	 * It is trusted.
	 *
	 * @param trust why
	 * @param answers its answers
	 */
	record Trusted(StoreTrust trust, Answers answers) implements StoreState {

		@Override
		public boolean isWritable() {
			return true;
		}

		@Override
		public boolean isOverdue(long now, Limits limits) {
			return now - this.answers.asked() >= limits.gap();
		}

		@Override
		public StoreState askedInVain(long now) {
			return this;
		}

		@Override
		public StoreState answered(long asked, long now, Limits limits) {
			return new Trusted(this.trust, this.answers.and(asked, now, limits));
		}

		@Override
		public StoreState distrusted(long now) {
			return new Away(now, now, this.answers);
		}

	}

	/**
	 * The answers of a store.
	 *
	 * @param asked when the question was asked that it answered last
	 * @param trustedFrom from when on it may be trusted
	 */
	record Answers(long asked, long trustedFrom) {

		Answers and(long asked, long now, Limits limits) {
			boolean gap = now - this.asked >= limits.gap();
			return new Answers(asked, gap ? now + limits.grace() : this.trustedFrom);
		}

	}

	/**
	 * Times, in nanoseconds.
	 *
	 * @param gap how long there may be no answer so that nobody has stopped to hold
	 * anything, nor will before the store is found
	 * @param grace how long others may take to find a store that is back
	 */
	record Limits(long gap, long grace) {

	}

}
