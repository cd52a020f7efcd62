package dev.tidemark.metrics;

import dev.tidemark.routing.RoutingEngine;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Gauges of the reads that wanted a replica and use the primary: {@value #ACTIVE} how
 * many do now, {@value #LIMIT} how many may.
 */
public final class FallbackMetrics implements MeterBinder {

	/** The name of the gauge of the reads. */
	public static final String ACTIVE = "tidemark.primary.fallback.active";

	/** The name of the gauge of the limit. */
	public static final String LIMIT = "tidemark.primary.fallback.limit";

	private final RoutingEngine engine;

	/**
	 * Create the metrics.
	 * @param engine counts the reads
	 */
	public FallbackMetrics(RoutingEngine engine) {
		this.engine = engine;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder(ACTIVE, this.engine, RoutingEngine::fallbackReads)
			.description("Reads that wanted a replica and use the primary")
			.register(registry);
		Gauge.builder(LIMIT, this.engine, RoutingEngine::fallbackLimit)
			.description("Reads that wanted a replica and may use the primary at one time")
			.register(registry);
	}

}
