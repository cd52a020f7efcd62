package dev.tidemark.autoconfigure;

import java.util.Objects;
import java.util.function.Supplier;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.routing.RoutingDataSource;
import dev.tidemark.routing.RoutingEngine;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.Ordered;
import org.springframework.util.function.SingletonSupplier;

/**
 * Puts the routing in front of the application's own data source: the only one, or the
 * one marked as primary. Other data sources stay as they are.
 * <p>
 * Comes before all other post-processors, so that what they add stands in front of the
 * routing and sees every statement.
 */
final class RoutingDataSourcePostProcessor implements BeanPostProcessor, BeanFactoryAware, Ordered {

	private static final Log logger = LogFactory.getLog(RoutingDataSourcePostProcessor.class);

	private @Nullable ConfigurableListableBeanFactory beanFactory;

	private volatile @Nullable HikariDataSource pool;

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		this.beanFactory = (ConfigurableListableBeanFactory) beanFactory;
	}

	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof DataSource dataSource && !(bean instanceof RoutingDataSource)
				&& beanName.equals(DefaultBean.of(DataSource.class, beanFactory()).name())) {
			HikariDataSource found = ReplicaPools.primary(dataSource);
			ReplicaPools.complete(found);
			if (found != dataSource) {
				warnOfWrapper(dataSource, beanName);
			}
			this.pool = found;
			return new RoutingDataSource(dataSource, engineOnceComplete(beanName));
		}
		return bean;
	}

	private static void warnOfWrapper(DataSource dataSource, String beanName) {
		logger.warn("The data source '" + beanName + "' is a " + dataSource.getClass().getName()
				+ " around the pool. Connections to the primary and the replicas come from the pools themselves: the "
				+ "wrapper sees none of them. Let a BeanPostProcessor add it, so that it stands in front of the routing");
	}

	/**
	 * Another post-processor may want a connection while the data source is not complete,
	 * when there can be no engine.
	 */
	private Supplier<@Nullable RoutingEngine> engineOnceComplete(String beanName) {
		SingletonSupplier<RoutingEngine> engine = SingletonSupplier
			.of(beanFactory().getBeanProvider(RoutingEngine.class)::getObject);
		return () -> beanFactory().isCurrentlyInCreation(beanName) ? null : engine.obtain();
	}

	/**
	 * Return the pool behind the application's own data source.
	 * @return the primary's pool
	 */
	HikariDataSource pool() {
		if (this.pool == null) {
			beanFactory().getBean(applicationsOwn());
		}
		HikariDataSource found = this.pool;
		if (found == null) {
			throw new InvalidTidemarkConfigurationException(
					"The application's data source was registered as an object, so it can't be put behind the routing.",
					"Define the data source as a bean, or set spring.datasource.url; or set tidemark.enabled=false.");
		}
		return found;
	}

	private String applicationsOwn() {
		DefaultBean dataSource = DefaultBean.of(DataSource.class, beanFactory());
		String name = dataSource.name();
		if (name == null && dataSource.candidates().isEmpty()) {
			throw new InvalidTidemarkConfigurationException("The application has replicas, but no data source.",
					"Set spring.datasource.url to the primary, or remove tidemark.replicas.");
		}
		if (name == null) {
			throw new InvalidTidemarkConfigurationException(
					"The application has several data sources (" + String.join(", ", dataSource.candidates())
							+ "), and none is primary, so it is open which one the replicas belong to.",
					"Mark the one that the replicas belong to with @Primary, or the others with "
							+ "@Bean(defaultCandidate = false).");
		}
		return name;
	}

	private ConfigurableListableBeanFactory beanFactory() {
		return Objects.requireNonNull(this.beanFactory);
	}

}
