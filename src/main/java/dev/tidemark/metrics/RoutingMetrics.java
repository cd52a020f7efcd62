package dev.tidemark.metrics;

import java.time.Duration;
import java.util.Locale;

import dev.tidemark.marker.MarkerListener;
import dev.tidemark.routing.Decision;
import dev.tidemark.routing.RoutingListener;
import dev.tidemark.session.SessionTokens;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Meters of what is decided.
 * <ul>
 * <li>{@value #DECISIONS}, a counter, tagged {@code target} ({@code primary} or the
 * replica's name) and {@code reason}.</li>
 * <li>{@value #MARKER_OPERATIONS}, a timer, tagged {@code operation} ({@code read},
 * {@code write}) and {@code outcome} ({@code success}, {@code failure},
 * {@code rejected}).</li>
 * <li>{@value #FENCE_WAIT}, a timer, tagged {@code outcome} ({@code caught-up},
 * {@code timed-out}).</li>
 * <li>{@value #TOKENS_REJECTED}, a counter of session tokens that were ignored, tagged
 * {@code reason} ({@code malformed}, {@code signature}, {@code user},
 * {@code position}).</li>
 * </ul>
 */
public final class RoutingMetrics implements RoutingListener, MarkerListener {

	/** The name of the counter of decisions. */
	public static final String DECISIONS = "tidemark.routing.decisions";

	/** The name of the timer of marker operations. */
	public static final String MARKER_OPERATIONS = "tidemark.marker.operations";

	/** The name of the timer of waits for a replica. */
	public static final String FENCE_WAIT = "tidemark.fence.wait";

	/** The name of the counter of session tokens that were ignored. */
	public static final String TOKENS_REJECTED = "tidemark.token.rejected";

	/** The name of the counter of reads that could be served nowhere for the budget. */
	public static final String FALLBACKS_REJECTED = "tidemark.primary.fallback.rejected";

	private final MeterRegistry registry;

	private final Counter fallbacksRejected;

	/**
	 * Create the metrics.
	 * @param registry where the meters are
	 */
	public RoutingMetrics(MeterRegistry registry) {
		this.registry = registry;
		this.fallbacksRejected = registry.counter(FALLBACKS_REJECTED);
	}

	@Override
	public void onDecision(Decision decision) {
		this.registry.counter(DECISIONS, "target", decision.target(), "reason", decision.reason().tag()).increment();
	}

	@Override
	public void onFenceWait(boolean caughtUp, Duration waited) {
		this.registry.timer(FENCE_WAIT, "outcome", caughtUp ? "caught-up" : "timed-out").record(waited);
	}

	@Override
	public void onFallbackRejected() {
		this.fallbacksRejected.increment();
	}

	@Override
	public void onTokenRejected(SessionTokens.Rejection rejection) {
		this.registry.counter(TOKENS_REJECTED, "reason", rejection.name().toLowerCase(Locale.ROOT)).increment();
	}

	@Override
	public void onMarkerOperation(Operation operation, Outcome outcome, Duration duration) {
		this.registry
			.timer(MARKER_OPERATIONS, "operation", operation.name().toLowerCase(Locale.ROOT), "outcome",
					outcome.name().toLowerCase(Locale.ROOT))
			.record(duration);
	}

}
