/**
 * What an application's own tests use: a real PostgreSQL primary with streaming replicas
 * that can be paused, delayed, cut off, frozen, killed and promoted, and a real Redis.
 * The servers are run from Maven artifacts, without Docker and without root.
 */
@NullMarked
package dev.tidemark.test;

import org.jspecify.annotations.NullMarked;
