/**
 * Records what sessions write and see on real servers, and checks the guarantees on the
 * recorded history. Times are those of {@link java.lang.System#nanoTime()}.
 */
@NullMarked
package dev.tidemark.history;

import org.jspecify.annotations.NullMarked;
