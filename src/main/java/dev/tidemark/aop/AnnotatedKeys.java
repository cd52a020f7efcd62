package dev.tidemark.aop;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import dev.tidemark.ConsistencyKey;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodClassKey;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;

/**
 * Reads {@link ConsistencyKey} on methods and the interfaces behind them. Thread-safe.
 */
final class AnnotatedKeys {

	private final ConcurrentMap<MethodClassKey, List<KeyTemplate>> templates = new ConcurrentHashMap<>();

	/**
	 * Return the templates on a method.
	 * @param method the method
	 * @param targetClass the class of the object it is called on
	 * @return the templates, none if there is no annotation
	 * @throws InvalidConsistencyAnnotationException if one makes no sense
	 */
	List<KeyTemplate> find(Method method, @Nullable Class<?> targetClass) {
		return this.templates.computeIfAbsent(new MethodClassKey(method, targetClass),
				(key) -> read(method, targetClass));
	}

	private static List<KeyTemplate> read(Method method, @Nullable Class<?> targetClass) {
		if (method.getDeclaringClass() == Object.class) {
			return List.of();
		}
		Class<?> type = (targetClass != null) ? ClassUtils.getUserClass(targetClass) : method.getDeclaringClass();
		Method specific = AopUtils.getMostSpecificMethod(method, type);
		ConsistencyKey annotation = AnnotatedElementUtils.findMergedAnnotation(specific, ConsistencyKey.class);
		if (annotation == null) {
			annotation = AnnotatedElementUtils.findMergedAnnotation(method, ConsistencyKey.class);
		}
		return (annotation != null)
				? Arrays.stream(annotation.value()).map((text) -> KeyTemplate.parse(text, specific)).toList()
				: List.of();
	}

}
