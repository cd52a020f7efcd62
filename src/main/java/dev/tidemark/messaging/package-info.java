/**
 * Messages: the session of the one who sends continues where they are received.
 */
@NullMarked
package dev.tidemark.messaging;

import org.jspecify.annotations.NullMarked;
