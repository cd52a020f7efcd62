package dev.tidemark.session;

import java.time.Duration;

import dev.tidemark.ConsistencyLevel;
import org.jspecify.annotations.Nullable;

/**
 * What the annotated methods around the current code ask of its reads. Immutable and
 * thread-safe.
 *
 * @param level the level; {@code null} for the application's default
 * @param maxStaleness the limit; {@code null} for the application's
 * @param decisionMethod the method whose reads decide a write; {@code null} if they don't
 */
public record ReadPolicy(@Nullable ConsistencyLevel level, @Nullable Duration maxStaleness,
		@Nullable String decisionMethod) {

	/**
	 * Nothing is asked.
	 */
	public static final ReadPolicy DEFAULT = new ReadPolicy(null, null, null);

	/**
	 * Return the policy inside another one. The inner one wins, except that it can't
	 * weaken a read that decides a write.
	 * @param outer the policy around this one
	 * @return the policy that holds
	 */
	public ReadPolicy inside(ReadPolicy outer) {
		if (this.level == null) {
			return new ReadPolicy(outer.level, outer.maxStaleness,
					(outer.decisionMethod != null) ? outer.decisionMethod : this.decisionMethod);
		}
		return new ReadPolicy(this.level, this.maxStaleness,
				(outer.decisionMethod != null) ? outer.decisionMethod : this.decisionMethod);
	}

}
