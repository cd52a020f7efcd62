/**
 * The current session: who the user is, what has to be fresh for them, and which
 * consistency the code that runs now has asked for.
 */
@NullMarked
package dev.tidemark.session;

import org.jspecify.annotations.NullMarked;
