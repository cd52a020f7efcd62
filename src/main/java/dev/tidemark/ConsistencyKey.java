package dev.tidemark;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names what the annotated method reads or writes, beside what is its user's own: a read
 * sees what anybody has written under the same key. So Bob, told of Alice's new post,
 * sees it, although he has written nothing himself.
 * <p>
 * A key is a template of the Spring Expression Language, evaluated on the method's
 * parameters: {@code @ConsistencyKey("post:#{#id}")}. Where the key is known only
 * afterwards, as the id of a new entity, it may use {@code #result}, or a property of a
 * parameter that is {@code null} before the call: it then counts for what the method has
 * written. An expression that is {@code null} both times names nothing.
 * <p>
 * Named inside a transaction that is open already, the key holds until its commit; but
 * the server of a transaction that has read already is decided.
 *
 * @see ConsistencySession#about(String...)
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface ConsistencyKey {

	/**
	 * The keys.
	 * @return templates, for example {@code post:#{#id}}
	 */
	String[] value();

}
