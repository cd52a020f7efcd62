/**
 * What Micrometer is told.
 */
@NullMarked
package dev.tidemark.metrics;

import org.jspecify.annotations.NullMarked;
