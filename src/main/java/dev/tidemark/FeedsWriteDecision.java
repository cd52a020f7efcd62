package dev.tidemark;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares that what a method reads decides a write: a balance before a debit, stock
 * before a sale, a permission before an action. Such a read comes from the primary,
 * always. Inside a transaction that has already read a replica it fails with a
 * {@link WriteDecisionOnReplicaException}.
 * <p>
 * On a type it holds for all its methods. Nothing inside the method weakens it.
 */
@Target({ ElementType.METHOD, ElementType.TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface FeedsWriteDecision {

}
