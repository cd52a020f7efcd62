/**
 * What Micrometer's observations, and so traces, show of decisions.
 */
@NullMarked
package dev.tidemark.observation;

import org.jspecify.annotations.NullMarked;
