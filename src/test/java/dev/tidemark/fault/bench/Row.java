package dev.tidemark.fault.bench;

import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;

/**
 * One line of the table.
 *
 * @param number its number, with a letter where a fault has several forms
 * @param name what breaks
 * @param topology what it breaks in
 * @param brief how long it lasts in the short run
 * @param lasting how long it lasts in the long run
 * @param fault breaks it, at random where there is a choice
 * @param needsPrimary whether there is no primary meanwhile: then writes fail
 * @param mechanism what protects from it
 * @param switches switch that off
 * @param harm what must come of it then
 */
record Row(String number, String name, Topology topology, Duration brief, Duration lasting,
		BiFunction<Bench, Draw, Fault> fault, boolean needsPrimary, String mechanism, List<Switch> switches,
		Harm harm) {

	/**
	 * Return what rows are sorted by.
	 */
	String place() {
		String digits = this.number.replaceAll("\\D", "");
		return "0".repeat(2 - digits.length()) + this.number;
	}

	/**
	 * What a fault breaks.
	 */
	enum Topology {

		/** Servers and instances that are well again afterwards. */
		SHARED,

		/** The second instance is a process of its own. */
		REMOTE,

		/** PostgreSQL servers that are not the same afterwards. */
		OWN,

		/** Redis with Sentinel, not the same afterwards. */
		SENTINEL

	}

	/**
	 * What comes of a fault when nothing protects from it.
	 */
	enum Harm {

		/** Reads see less than they are promised. */
		VIOLATIONS("stale reads", (on, off) -> !off.violations().isEmpty()),

		/** Reads fail. */
		FAILED_READS("failed reads", (on, off) -> !off.failedReads().isEmpty()),

		/** Reads hang for as long as the fault lasts. */
		HANGING_READS("hanging reads", (on, off) -> off.slowestRead().compareTo(Duration.ofSeconds(2)) > 0),

		/** Reads never return to all replicas. */
		NO_RECOVERY("reads pinned to the primary", (on, off) -> off.recovery().isEmpty()),

		/** Reads wait. */
		SLOW_READS("slow reads", (on, off) -> off.meanRead().toNanos() > 1.5 * on.meanRead().toNanos());

		private final String text;

		private final BiPredicate<Measured, Measured> shown;

		Harm(String text, BiPredicate<Measured, Measured> shown) {
			this.text = text;
			this.shown = shown;
		}

		boolean isShown(Measured on, Measured off) {
			return this.shown.test(on, off);
		}

		@Override
		public String toString() {
			return this.text;
		}

	}

}
