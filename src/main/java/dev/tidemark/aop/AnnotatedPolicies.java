package dev.tidemark.aop;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import dev.tidemark.FeedsWriteDecision;
import dev.tidemark.ReadConsistency;
import dev.tidemark.session.ReadPolicy;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.MethodClassKey;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;

/**
 * Reads the annotations on methods, types and the interfaces behind both. What a method
 * says wins over what its type says. Thread-safe.
 */
final class AnnotatedPolicies {

	private final ConcurrentMap<MethodClassKey, Optional<ReadPolicy>> policies = new ConcurrentHashMap<>();

	/**
	 * Return what the annotations around a method ask for.
	 * @param method the method
	 * @param targetClass the class of the object it is called on
	 * @return the policy, {@code null} if there is no annotation
	 * @throws IllegalArgumentException if an annotation's duration is none
	 */
	@Nullable ReadPolicy find(Method method, @Nullable Class<?> targetClass) {
		return this.policies
			.computeIfAbsent(new MethodClassKey(method, targetClass), (key) -> read(method, targetClass))
			.orElse(null);
	}

	private static Optional<ReadPolicy> read(Method method, @Nullable Class<?> targetClass) {
		if (method.getDeclaringClass() == Object.class) {
			return Optional.empty();
		}
		Class<?> type = (targetClass != null) ? ClassUtils.getUserClass(targetClass) : method.getDeclaringClass();
		Method specific = AopUtils.getMostSpecificMethod(method, type);
		ReadPolicy policy = read(specific, method);
		if (policy == null && specific != method) {
			policy = read(method, method);
		}
		if (policy == null) {
			policy = read(type, method);
		}
		return Optional.ofNullable((policy != null) ? policy : read(method.getDeclaringClass(), method));
	}

	private static @Nullable ReadPolicy read(AnnotatedElement element, Method method) {
		ReadConsistency consistency = AnnotatedElementUtils.findMergedAnnotation(element, ReadConsistency.class);
		boolean decides = AnnotatedElementUtils.hasAnnotation(element, FeedsWriteDecision.class);
		if (consistency == null && !decides) {
			return null;
		}
		return new ReadPolicy((consistency != null) ? consistency.level() : null,
				(consistency != null) ? duration(consistency.maxStaleness(), method) : null,
				decides ? describe(method) : null, Set.of());
	}

	private static @Nullable Duration duration(String text, Method method) {
		if (text.isEmpty()) {
			return null;
		}
		try {
			return DurationStyle.detectAndParse(text);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConsistencyAnnotationException(describe(method),
					"its @ReadConsistency(maxStaleness = \"" + text + "\") is not a duration",
					"Write a duration such as 500ms, 5s or PT5S.");
		}
	}

	static String describe(Method method) {
		return method.getDeclaringClass().getSimpleName() + "." + method.getName();
	}

}
