package dev.tidemark.aop;

import java.lang.reflect.Method;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

import dev.tidemark.WriteDecisionOnReplicaException;
import dev.tidemark.routing.TransactionRoute;
import dev.tidemark.session.ReadPolicy;
import dev.tidemark.session.Scope;
import dev.tidemark.session.SessionContext;
import org.aopalliance.aop.Advice;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
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

	private static final Log logger = LogFactory.getLog(ConsistencyAdvisor.class);

	/**
	 * The order of the advice: far outside that of {@code @Transactional}.
	 */
	public static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 100;

	private static final Set<Integer> OUTSIDE_THE_CURRENT_TRANSACTION = Set.of(
			TransactionDefinition.PROPAGATION_REQUIRES_NEW, TransactionDefinition.PROPAGATION_NOT_SUPPORTED,
			TransactionDefinition.PROPAGATION_NEVER);

	private final transient AnnotatedPolicies policies = new AnnotatedPolicies();

	private final transient TransactionAttributeSource transactions = new AnnotationTransactionAttributeSource(false);

	private final transient AnnotatedKeys keys = new AnnotatedKeys();

	private final transient SessionContext context;

	private final transient Consumer<Set<String>> wroteAbout;

	/**
	 * Create an advisor.
	 * @param context where policies are applied
	 * @param wroteAbout is told what the session's last write was about, where that
	 * became known after its commit
	 */
	public ConsistencyAdvisor(SessionContext context, Consumer<Set<String>> wroteAbout) {
		this.context = context;
		this.wroteAbout = wroteAbout;
		setOrder(ORDER);
	}

	@Override
	public boolean matches(Method method, Class<?> targetClass) {
		return this.policies.find(method, targetClass) != null || !this.keys.find(method, targetClass).isEmpty();
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
			return invokeAbout(invocation, targetClass);
		}
		try (Scope scope = this.context.apply(policy)) {
			refuseIfReplicaWasRead(invocation.getMethod(), targetClass);
			return invokeAbout(invocation, targetClass);
		}
	}

	private @Nullable Object invokeAbout(MethodInvocation invocation, @Nullable Class<?> targetClass) throws Throwable {
		List<KeyTemplate> templates = this.keys.find(invocation.getMethod(), targetClass);
		if (templates.isEmpty()) {
			return invocation.proceed();
		}
		Set<String> before = topics(templates,
				(template) -> template.before(invocation.getThis(), invocation.getArguments()));
		Object result;
		try (Scope scope = this.context.about(before)) {
			result = invocation.proceed();
		}
		if (before.size() < templates.size()) {
			learned(invocation, templates, result, before);
		}
		return result;
	}

	/**
	 * What was committed stands, so a key that can't be evaluated any more fails nothing.
	 */
	private void learned(MethodInvocation invocation, List<KeyTemplate> templates, @Nullable Object result,
			Set<String> before) {
		Set<String> after;
		try {
			after = topics(templates,
					(template) -> template.after(invocation.getThis(), invocation.getArguments(), result));
		}
		catch (RuntimeException ex) {
			logger.error("What was written is not known by its key: reads that name the key may miss it", ex);
			return;
		}
		after.removeAll(before);
		if (!after.isEmpty() && !this.context.noteWithTransaction(after)) {
			this.wroteAbout.accept(after);
		}
	}

	private static Set<String> topics(List<KeyTemplate> templates, Function<KeyTemplate, @Nullable String> key) {
		Set<String> topics = new LinkedHashSet<>();
		for (KeyTemplate template : templates) {
			String topic = key.apply(template);
			if (topic != null) {
				topics.add(topic);
			}
		}
		return topics;
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
