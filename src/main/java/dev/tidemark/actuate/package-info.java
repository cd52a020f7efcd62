/**
 * What Actuator shows.
 */
@NullMarked
package dev.tidemark.actuate;

import org.jspecify.annotations.NullMarked;
