package dev.tidemark.observation;

import dev.tidemark.routing.Decision;
import dev.tidemark.wal.WalPosition;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a decision that is observed. Used by one thread at a time.
 */
public final class RoutingObservationContext extends Observation.Context {

	private @Nullable Decision decision;

	private @Nullable WalPosition position;

	/**
	 * Return the decision.
	 * @return the decision, {@code null} until it is made and if it can't be
	 */
	public @Nullable Decision getDecision() {
		return this.decision;
	}

	/**
	 * Return the position that the server was known to be at.
	 * @return the position, {@code null} if it is not known
	 */
	public @Nullable WalPosition getPosition() {
		return this.position;
	}

	void decided(Decision decision, @Nullable WalPosition position) {
		this.decision = decision;
		this.position = position;
	}

}
