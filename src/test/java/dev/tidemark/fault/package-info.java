/**
 * What breaks networks and servers in tests.
 */
@NullMarked
package dev.tidemark.fault;

import org.jspecify.annotations.NullMarked;
