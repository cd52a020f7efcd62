package dev.tidemark.session;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

import dev.tidemark.ConsistencyLevel;
import org.jspecify.annotations.Nullable;

/**
 * What the annotated methods around the current code ask of its reads. Immutable and
 * thread-safe.
 *
 * @param level the level; {@code null} for the application's default
 * @param maxStaleness the limit; {@code null} for the application's
 * @param decisionMethod the method whose reads decide a write; {@code null} if they don't
 * @param topics what is read and written, beside the user's own
 */
public record ReadPolicy(@Nullable ConsistencyLevel level, @Nullable Duration maxStaleness,
		@Nullable String decisionMethod, Set<String> topics) {

	/**
	 * Nothing is asked.
	 */
	public static final ReadPolicy DEFAULT = new ReadPolicy(null, null, null, Set.of());

	/**
	 * Create a policy that names topics only.
	 * @param topics what is read and written
	 * @return the policy
	 */
	public static ReadPolicy about(Set<String> topics) {
		return new ReadPolicy(null, null, null, topics);
	}

	/**
	 * Return the policy inside another one. The inner one wins, except that it can't
	 * weaken a read that decides a write, and that topics add up.
	 * @param outer the policy around this one
	 * @return the policy that holds
	 */
	public ReadPolicy inside(ReadPolicy outer) {
		String decides = (outer.decisionMethod != null) ? outer.decisionMethod : this.decisionMethod;
		boolean says = this.level != null;
		return new ReadPolicy(says ? this.level : outer.level, says ? this.maxStaleness : outer.maxStaleness, decides,
				union(outer.topics, this.topics));
	}

	static Set<String> union(Set<String> first, Set<String> second) {
		if (first.isEmpty() || second.isEmpty()) {
			return first.isEmpty() ? second : first;
		}
		Set<String> union = new LinkedHashSet<>(first);
		union.addAll(second);
		return union;
	}

}
