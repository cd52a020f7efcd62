/**
 * Markers in Redis, through Lettuce.
 */
@NullMarked
package dev.tidemark.redis;

import org.jspecify.annotations.NullMarked;
