package dev.tidemark.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * How a decision is named and described. A bean of this type replaces
 * {@link DefaultRoutingObservationConvention}.
 */
public interface RoutingObservationConvention extends ObservationConvention<RoutingObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof RoutingObservationContext;
	}

}
