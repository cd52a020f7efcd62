package dev.tidemark.history;

import java.util.List;

/**
 * Finds the violations of one guarantee. A pure function of the history.
 */
@FunctionalInterface
public interface Checker {

	/**
	 * Return the reads that saw less than the guarantee promises.
	 * @param history what happened
	 * @return the violations, none if the guarantee was kept
	 */
	List<Violation> check(History history);

}
