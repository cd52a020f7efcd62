/**
 * Where a transaction runs: the decision, a pure function of facts, and the data source
 * whose logical connections carry it out.
 */
@NullMarked
package dev.tidemark.routing;

import org.jspecify.annotations.NullMarked;
