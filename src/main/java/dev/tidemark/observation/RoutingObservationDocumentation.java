package dev.tidemark.observation;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * The observation that there is, and its keys.
 */
public enum RoutingObservationDocumentation implements ObservationDocumentation {

	/**
	 * The decision where a transaction, or a statement outside one, runs, until a
	 * connection is there: it includes what is waited for.
	 */
	ROUTING {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultRoutingObservationConvention.class;
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return LowCardinality.values();
		}

		@Override
		public KeyName[] getHighCardinalityKeyNames() {
			return HighCardinality.values();
		}

	};

	/**
	 * Keys with few values.
	 */
	public enum LowCardinality implements KeyName {

		/** {@code primary} or the name of the replica; {@code none} if nobody serves. */
		TARGET("target"),

		/** Why; {@code none} if nobody serves. */
		REASON("reason");

		private final String key;

		LowCardinality(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

	/**
	 * Keys with many values.
	 */
	public enum HighCardinality implements KeyName {

		/** How stale the server can be at most, in milliseconds. */
		STALENESS("staleness"),

		/** The position that the server was known to be at. */
		POSITION("position");

		private final String key;

		HighCardinality(String key) {
			this.key = key;
		}

		@Override
		public String asString() {
			return this.key;
		}

	}

}
