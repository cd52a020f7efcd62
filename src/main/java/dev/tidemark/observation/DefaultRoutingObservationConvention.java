package dev.tidemark.observation;

import dev.tidemark.observation.RoutingObservationDocumentation.HighCardinality;
import dev.tidemark.observation.RoutingObservationDocumentation.LowCardinality;
import dev.tidemark.routing.Decision;
import dev.tidemark.wal.WalPosition;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;

/**
 * Names the observation {@value #NAME}. Its keys are in
 * {@link RoutingObservationDocumentation}.
 */
public class DefaultRoutingObservationConvention implements RoutingObservationConvention {

	/** The name of the observation. */
	public static final String NAME = "tidemark.routing";

	@Override
	public String getName() {
		return NAME;
	}

	@Override
	public @Nullable String getContextualName(RoutingObservationContext context) {
		Decision decision = context.getDecision();
		return (decision != null) ? "routing to " + decision.target() : NAME;
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(RoutingObservationContext context) {
		Decision decision = context.getDecision();
		return KeyValues.of(
				LowCardinality.TARGET.withValue((decision != null) ? decision.target() : KeyValue.NONE_VALUE),
				LowCardinality.REASON.withValue((decision != null) ? decision.reason().tag() : KeyValue.NONE_VALUE));
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(RoutingObservationContext context) {
		Decision decision = context.getDecision();
		WalPosition position = context.getPosition();
		KeyValues known = KeyValues.empty();
		if (decision != null) {
			known = known.and(HighCardinality.STALENESS.withValue(Long.toString(decision.stalenessBound().toMillis())));
		}
		return (position != null) ? known.and(HighCardinality.POSITION.withValue(position.lsnText())) : known;
	}

}
