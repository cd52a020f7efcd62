package dev.tidemark.autoconfigure;

import java.util.ArrayList;
import java.util.List;

import org.testcontainers.containers.GenericContainer;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.testcontainers.lifecycle.TestcontainersStartup;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Auto-configuration of the replicas among container beans.
 */
@AutoConfiguration(before = TidemarkAutoConfiguration.class)
@ConditionalOnClass({ GenericContainer.class, TestcontainersStartup.class })
@Import(TidemarkTestcontainersAutoConfiguration.Registrar.class)
public final class TidemarkTestcontainersAutoConfiguration {

	/**
	 * Asks the containers for their labels, for which they must exist, before it is
	 * decided which beans there are. Spring Boot starts containers that are created
	 * later, so that those created here have to be started here.
	 */
	static final class Registrar implements ImportBeanDefinitionRegistrar {

		private final BeanFactory beanFactory;

		private final Environment environment;

		Registrar(BeanFactory beanFactory, Environment environment) {
			this.beanFactory = beanFactory;
			this.environment = environment;
		}

		@Override
		public void registerBeanDefinitions(AnnotationMetadata importingClassMetadata,
				BeanDefinitionRegistry registry) {
			if (Activation.isEnabled(this.environment)
					&& this.environment instanceof ConfigurableEnvironment configurable
					&& !Boolean.getBoolean("spring.aot.processing")) {
				List<GenericContainer<?>> containers = containers();
				ContainerReplicas.addTo(configurable, containers);
				containers.forEach(TestcontainersStartup::start);
			}
		}

		private List<GenericContainer<?>> containers() {
			List<GenericContainer<?>> containers = new ArrayList<>();
			if (this.beanFactory instanceof ListableBeanFactory listable) {
				for (String name : listable.getBeanNamesForType(GenericContainer.class, true, false)) {
					containers.add(listable.getBean(name, GenericContainer.class));
				}
			}
			return containers;
		}

	}

}
