/**
 * Positions in PostgreSQL's write-ahead log, what is known of each server's position, and
 * how stale a replica can be at most. Knows PostgreSQL, knows no Spring.
 */
@NullMarked
package dev.tidemark.wal;

import org.jspecify.annotations.NullMarked;
