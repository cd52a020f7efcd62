/**
 * The annotations on methods and types, applied around the transactions inside.
 */
@NullMarked
package dev.tidemark.aop;

import org.jspecify.annotations.NullMarked;
