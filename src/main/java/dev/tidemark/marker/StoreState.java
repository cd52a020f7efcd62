package dev.tidemark.marker;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a marker store from its answers. Immutable and thread-safe. All
 * moments are by {@link System#nanoTime()}.
 * <p>
 * Instances find at different moments that a store is back. One that has not found it yet
 * keeps no markers, so the others must not rely on there being none: a store that is back
 * is written to at once, and read only when all have had the time to find it.
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
		return true;
	}

	/**
	 * Return whether the store was asked in vain for some time.
	 * @param nanos the time
	 */
	default boolean isAwayFor(long nanos) {
		return false;
	}

	/**
	 * Return whether the store, which has just answered, may be trusted with a floor that
	 * is asked for now.
	 * @param now the moment of the answer
	 * @param grace how long others may take to find a store that is back
	 */
	default boolean mayBeTrusted(long now, long grace) {
		return false;
	}

	/**
	 * Return what is known when the store has not answered a question.
	 */
	default StoreState askedInVain(long now) {
		return new Away(now, now);
	}

	/**
	 * Return what is known when the store has answered a question.
	 */
	default StoreState answered(long now) {
		return this;
	}

	/**
	 * Nobody has asked it yet.
	 */
	record Unasked() implements StoreState {

		@Override
		public boolean isWritable() {
			return false;
		}

		@Override
		public boolean mayBeTrusted(long now, long grace) {
			return true;
		}

	}

	/**
	 * It does not answer, or may have lost markers.
	 *
	 * @param since from when on
	 * @param askedInVainAt when it was last asked in vain since
	 */
	record Away(long since, long askedInVainAt) implements StoreState {

		@Override
		public boolean isWritable() {
			return false;
		}

		@Override
		public boolean isAwayFor(long nanos) {
			return this.askedInVainAt - this.since > nanos;
		}

		@Override
		public StoreState askedInVain(long now) {
			return new Away(this.since, now);
		}

		@Override
		public StoreState answered(long now) {
			return new Back(now);
		}

	}

	/**
	 * It answers again.
	 *
	 * @param since from when on
	 */
	record Back(long since) implements StoreState {

		@Override
		public boolean mayBeTrusted(long now, long grace) {
			return now - this.since >= grace;
		}

	}

	/**
	 * It is trusted.
	 *
	 * @param trust why
	 */
	record Trusted(StoreTrust trust) implements StoreState {

		@Override
		public StoreState askedInVain(long now) {
			return this;
		}

	}

}
