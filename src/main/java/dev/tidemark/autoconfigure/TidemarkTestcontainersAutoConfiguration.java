package dev.tidemark.autoconfigure;

import java.util.ArrayList;
import java.util.List;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.testcontainers.containers.GenericContainer;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.testcontainers.lifecycle.TestcontainersStartup;
import org.springframework.context.annotation.Configuration;
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

	private static final Log logger = LogFactory.getLog(TidemarkTestcontainersAutoConfiguration.class);

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
			if (this.beanFactory instanceof ConfigurableListableBeanFactory listable) {
				for (String name : listable.getBeanNamesForType(GenericContainer.class, true, false)) {
					if (canBeCreated(name, listable)) {
						containers.add(listable.getBean(name, GenericContainer.class));
					}
				}
			}
			return containers;
		}

		/**
		 * A class whose bean methods may call each other gets its proxy later.
		 */
		private static boolean canBeCreated(String name, ConfigurableListableBeanFactory beanFactory) {
			if (!beanFactory.containsBeanDefinition(name)) {
				return true;
			}
			String factory = beanFactory.getBeanDefinition(name).getFactoryBeanName();
			if (factory == null || !beanFactory.containsBeanDefinition(factory)
					|| !(beanFactory.getBeanDefinition(factory) instanceof AnnotatedBeanDefinition definition)) {
				return true;
			}
			boolean proxied = definition.getMetadata()
				.getAnnotations()
				.get(Configuration.class)
				.getValue("proxyBeanMethods", Boolean.class)
				.orElse(false);
			if (proxied) {
				logger.info("The container bean '" + name + "' was not asked for the label " + ReplicaConnections.LABEL
						+ ": set proxyBeanMethods=false on its configuration class, or make its method static, if it "
						+ "is a replica");
			}
			return !proxied;
		}

	}

}
