package dev.tidemark.autoconfigure;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.GenericContainer;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.TestContextAnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Finds replicas in the static fields of a test class.
 */
final class ContainerReplicasContextCustomizerFactory implements ContextCustomizerFactory {

	private static final boolean CONTAINERS_PRESENT = ClassUtils.isPresent(
			"org.springframework.boot.testcontainers.lifecycle.TestcontainersStartup",
			ContainerReplicasContextCustomizerFactory.class.getClassLoader());

	@Override
	public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
			List<ContextConfigurationAttributes> configAttributes) {
		return CONTAINERS_PRESENT ? Fields.find(testClass) : null;
	}

	/**
	 * What needs Testcontainers. Contexts with the same replicas are one.
	 */
	private record Fields(Set<GenericContainer<?>> replicas) implements ContextCustomizer {

		static @Nullable Fields find(Class<?> testClass) {
			Set<GenericContainer<?>> replicas = new LinkedHashSet<>();
			collect(testClass, replicas);
			return replicas.isEmpty() ? null : new Fields(replicas);
		}

		private static void collect(@Nullable Class<?> type, Set<GenericContainer<?>> replicas) {
			if (type == null || type == Object.class) {
				return;
			}
			ReflectionUtils.doWithLocalFields(type, (field) -> collect(field, replicas));
			if (TestContextAnnotationUtils.searchEnclosingClass(type)) {
				collect(type.getEnclosingClass(), replicas);
			}
			for (Class<?> implemented : type.getInterfaces()) {
				collect(implemented, replicas);
			}
			collect(type.getSuperclass(), replicas);
		}

		private static void collect(Field field, Set<GenericContainer<?>> replicas) {
			if (Modifier.isStatic(field.getModifiers()) && GenericContainer.class.isAssignableFrom(field.getType())) {
				ReflectionUtils.makeAccessible(field);
				if (ReflectionUtils.getField(field, null) instanceof GenericContainer<?> container
						&& ContainerReplicas.isReplica(container)) {
					replicas.add(container);
				}
			}
		}

		@Override
		public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
			if (Activation.isEnabled(context.getEnvironment())) {
				ContainerReplicas.addTo(context.getEnvironment(), this.replicas);
			}
		}

	}

}
