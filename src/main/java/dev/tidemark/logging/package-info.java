/**
 * What the application's log shows of decisions.
 */
@NullMarked
package dev.tidemark.logging;

import org.jspecify.annotations.NullMarked;
