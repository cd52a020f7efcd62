/**
 * What tests that need Docker share.
 */
@NullMarked
package dev.tidemark.docker;

import org.jspecify.annotations.NullMarked;
