package dev.tidemark.aop;

import java.lang.reflect.Method;
import java.util.Set;

import dev.tidemark.WriteDecisionOnReplicaException;
import dev.tidemark.routing.TransactionRoute;
import dev.tidemark.session.ReadPolicy;
import dev.tidemark.session.Scope;
import dev.tidemark.session.SessionContext;
import org.aopalliance.aop.Advice;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.StaticMethodMatcherPointcutAdvisor;
import org.springframework.core.Ordered;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.transaction.interceptor.TransactionAttributeSource;

/**
 * Applies the annotations' policy while an annotated method runs. <strong>Comes before
 * {@code @Transactional}</strong>, so that the transaction a method starts is decided
 * under the method's own policy.
 */
public final class ConsistencyAdvisor extends StaticMethodMatcherPointcutAdvisor {

	/**
	 * The order of the advice: far outside that of {@code @Transactional}.
	 */
	public static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 100;

	private static final Set<Integer> OUTSIDE_THE_CURRENT_TRANSACTION = Set.of(
			TransactionDefinition.PROPAGATION_REQUIRES_NEW, TransactionDefinition.PROPAGATION_NOT_SUPPORTED,
			TransactionDefinition.PROPAGATION_NEVER);

	private final transient AnnotatedPolicies policies = new AnnotatedPolicies();

	private final transient TransactionAttributeSource transactions = new AnnotationTransactionAttributeSource(false);

	private final transient SessionContext context;

	/**
	 * Create an advisor.
	 * @param context where policies are applied
	 */
	public ConsistencyAdvisor(SessionContext context) {
		this.context = context;
		setOrder(ORDER);
	}

	@Override
	public boolean matches(Method method, Class<?> targetClass) {
		return this.policies.find(method, targetClass) != null;
	}

	@Override
	public Advice getAdvice() {
		return (MethodInterceptor) this::invoke;
	}

	private @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		Object target = invocation.getThis();
		Class<?> targetClass = (target != null) ? target.getClass() : null;
		ReadPolicy policy = this.policies.find(invocation.getMethod(), targetClass);
		if (policy == null) {
			return invocation.proceed();
		}
		try (Scope scope = this.context.apply(policy)) {
			refuseIfReplicaWasRead(invocation.getMethod(), targetClass);
			return invocation.proceed();
		}
	}

	/**
	 * Checked before the method runs, because what it reads may come from a persistence
	 * context that the transaction has filled from a replica, without a statement.
	 */
	private void refuseIfReplicaWasRead(Method method, @Nullable Class<?> targetClass) {
		String decisionMethod = this.context.policy().decisionMethod();
		String replica = TransactionRoute.currentReplica();
		if (decisionMethod != null && replica != null && joinsCurrentTransaction(method, targetClass)) {
			throw new WriteDecisionOnReplicaException(decisionMethod, replica);
		}
	}

	private boolean joinsCurrentTransaction(Method method, @Nullable Class<?> targetClass) {
		TransactionAttribute attribute = this.transactions.getTransactionAttribute(method, targetClass);
		return attribute == null || !OUTSIDE_THE_CURRENT_TRANSACTION.contains(attribute.getPropagationBehavior());
	}

}
