package dev.tidemark.aop;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;

import dev.tidemark.ConsistencyKey;
import dev.tidemark.FeedsWriteDecision;
import dev.tidemark.ReadConsistency;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Fails the start where an annotation stands on something that no proxy intercepts,
 * instead of ignoring it.
 */
public final class AnnotationCheck implements BeanPostProcessor {

	private static final List<Class<? extends Annotation>> METHOD_ANNOTATIONS = List.of(ReadConsistency.class,
			FeedsWriteDecision.class, ConsistencyKey.class);

	/**
	 * Comes before the proxy is made, which would fail for a final class.
	 */
	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		Class<?> type = bean.getClass();
		if (Modifier.isFinal(type.getModifiers()) && !Proxy.isProxyClass(type)
				&& (isAnnotated(type) || !annotatedMethods(type).isEmpty())) {
			throw new InvalidConsistencyAnnotationException(type.getName(), "no proxy can extend a final class",
					"Make the class non-final.");
		}
		return bean;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		Class<?> type = ClassUtils.getUserClass(AopUtils.getTargetClass(bean));
		List<Method> annotated = annotatedMethods(type);
		annotated.forEach((method) -> checkInterceptable(method, bean));
		if ((!annotated.isEmpty() || isAnnotated(type)) && !isAdvised(bean)) {
			throw new InvalidConsistencyAnnotationException(type.getName(),
					"the bean '" + beanName + "' is not proxied, because AOP is missing",
					"Let Spring create proxies: remove spring.aop.auto=false, add @EnableTransactionManagement, or add the "
							+ "dependency org.springframework.boot:spring-boot-starter-aspectj.");
		}
		return bean;
	}

	private static List<Method> annotatedMethods(Class<?> type) {
		if (!AnnotationUtils.isCandidateClass(type, METHOD_ANNOTATIONS)
				|| type.getName().startsWith("org.springframework.")) {
			return List.of();
		}
		return Arrays.stream(ReflectionUtils.getUniqueDeclaredMethods(type))
			.filter((method) -> method.getDeclaringClass() != Object.class && isAnnotated(method))
			.toList();
	}

	private static void checkInterceptable(Method method, Object bean) {
		int modifiers = method.getModifiers();
		String where = method.getDeclaringClass().getName() + "." + method.getName() + "()";
		if (Modifier.isPrivate(modifiers) || Modifier.isStatic(modifiers)) {
			throw new InvalidConsistencyAnnotationException(where,
					"no proxy can intercept a " + (Modifier.isPrivate(modifiers) ? "private" : "static") + " method",
					"Make the method public and call it from another bean, or move the annotation to its caller.");
		}
		if (Modifier.isFinal(modifiers) && !AopUtils.isJdkDynamicProxy(bean)) {
			throw new InvalidConsistencyAnnotationException(where, "no proxy can intercept a final method",
					"Make the method non-final.");
		}
	}

	private static boolean isAnnotated(Method method) {
		return METHOD_ANNOTATIONS.stream()
			.anyMatch((annotation) -> AnnotatedElementUtils.isAnnotated(method, annotation));
	}

	private static boolean isAnnotated(Class<?> type) {
		return AnnotatedElementUtils.hasAnnotation(type, ReadConsistency.class)
				|| AnnotatedElementUtils.hasAnnotation(type, FeedsWriteDecision.class);
	}

	private static boolean isAdvised(Object bean) {
		return bean instanceof Advised advised
				&& Arrays.stream(advised.getAdvisors()).anyMatch((advisor) -> advisor instanceof ConsistencyAdvisor);
	}

}
