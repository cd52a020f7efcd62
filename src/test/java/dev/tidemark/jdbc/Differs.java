package dev.tidemark.jdbc;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a scenario: some of its steps are meant to come out differently through Tidemark,
 * and must. The table in docs/jdbc.md tells of each.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Differs {

	/**
	 * How the names of these steps begin.
	 */
	String[] steps();

	/**
	 * Why.
	 */
	String because();

}
