/**
 * Calls to other services: they continue the session of the caller, and the caller sees
 * what they did.
 */
@NullMarked
package dev.tidemark.client;

import org.jspecify.annotations.NullMarked;
