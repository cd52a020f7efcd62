package dev.tidemark.autoconfigure;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import javax.sql.DataSource;

import dev.tidemark.routing.RoutingDataSource;
import dev.tidemark.routing.RoutingEngine;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.function.SingletonSupplier;

/**
 * Puts the routing in front of the application's own data source: the only one, or the
 * one marked as primary. Other data sources stay as they are.
 */
final class RoutingDataSourcePostProcessor implements BeanPostProcessor, BeanFactoryAware {

	private @Nullable ConfigurableListableBeanFactory beanFactory;

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		this.beanFactory = (ConfigurableListableBeanFactory) beanFactory;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof DataSource dataSource && !(bean instanceof RoutingDataSource)
				&& isApplicationsOwn(beanName)) {
			ReplicaPools.name(ReplicaPools.primary(dataSource));
			return new RoutingDataSource(dataSource,
					SingletonSupplier.of(beanFactory().getBeanProvider(RoutingEngine.class)::getObject));
		}
		return bean;
	}

	private boolean isApplicationsOwn(String beanName) {
		List<String> candidates = Arrays.stream(beanFactory().getBeanNamesForType(DataSource.class, true, false))
			.filter((name) -> !isFallback(name))
			.toList();
		return candidates.equals(List.of(beanName)) || (candidates.contains(beanName) && isMarkedPrimary(beanName));
	}

	private boolean isFallback(String beanName) {
		return beanFactory().containsBeanDefinition(beanName) && definition(beanName).isFallback();
	}

	private boolean isMarkedPrimary(String beanName) {
		return beanFactory().containsBeanDefinition(beanName) && definition(beanName).isPrimary();
	}

	private ConfigurableListableBeanFactory beanFactory() {
		return Objects.requireNonNull(this.beanFactory);
	}

	private BeanDefinition definition(String beanName) {
		return beanFactory().getMergedBeanDefinition(beanName);
	}

}
