/**
 * Servlet requests: each is a session.
 */
@NullMarked
package dev.tidemark.web;

import org.jspecify.annotations.NullMarked;
