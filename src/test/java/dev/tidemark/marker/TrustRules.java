package dev.tidemark.marker;

import java.util.Set;

import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * Lets a model drive the rules by which a marker store is trusted.
 */
public final class TrustRules {

	private TrustRules() {
	}

	/**
	 * Read a marker under a trust.
	 * @param trust the trust when the question was sent
	 * @param answer what the store said
	 * @param interruptions the interruptions when the answer came
	 * @return the reading, {@code null} if the trust is lost
	 */
	public static @Nullable MarkerReading read(Trust trust, Marker answer, long interruptions) {
		StoreTrust rule = new StoreTrust(trust.epochs, trust.interruptions, trust.floor, 0);
		return rule.covers(answer, interruptions) ? rule.reading(answer) : null;
	}

	/**
	 * Why a store is trusted.
	 *
	 * @param epochs the epochs of the store
	 * @param interruptions the interruptions before the epochs were asked for
	 * @param floor the primary's position after that
	 */
	public record Trust(Set<String> epochs, long interruptions, WalPosition floor) {

	}

}
