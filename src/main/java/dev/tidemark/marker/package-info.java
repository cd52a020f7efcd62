/**
 * Markers: up to which WAL position each user has written. What keeps them, and what is
 * done when that may have lost some.
 */
@NullMarked
package dev.tidemark.marker;

import org.jspecify.annotations.NullMarked;
