package dev.tidemark;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Sets the consistency level of the read-only transactions that start inside a method.
 * The innermost annotation wins: one on a method over one on its type, one on a called
 * method over one on its caller. A transaction that has already sent a statement keeps
 * the server it runs on.
 */
@Target({ ElementType.METHOD, ElementType.TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface ReadConsistency {

	/**
	 * The level.
	 * @return the level, {@link ConsistencyLevel#SESSION} if none is named
	 */
	ConsistencyLevel level() default ConsistencyLevel.SESSION;

	/**
	 * How stale a replica may be at most to serve the reads inside, where that is less
	 * than {@code tidemark.consistency.max-staleness}. Checked at start-up.
	 * @return a duration such as {@code 500ms}, {@code 5s} or {@code PT5S}; empty for no
	 * limit of its own
	 */
	String maxStaleness() default "";

}
