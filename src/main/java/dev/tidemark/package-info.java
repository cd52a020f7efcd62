/**
 * What an application imports: annotations, consistency levels, the session and its
 * exceptions.
 */
@NullMarked
package dev.tidemark;

import org.jspecify.annotations.NullMarked;
