package dev.tidemark.autoconfigure;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionManager;

/**
 * Refuses an application whose transactions are distributed. JTA tells a connection
 * neither that a transaction begins nor that it is read-only, so each statement would
 * commit by itself.
 */
final class JtaCheck implements BeanPostProcessor, BeanFactoryAware {

	private @Nullable ConfigurableListableBeanFactory beanFactory;

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		this.beanFactory = (ConfigurableListableBeanFactory) beanFactory;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof PlatformTransactionManager && isJta(bean.getClass()) && isDefault(beanName)) {
			throw new InvalidTidemarkConfigurationException(
					"The transactions of the application are distributed: the transaction manager '" + beanName
							+ "' is a JtaTransactionManager. Tidemark's connections take no part in distributed (XA) "
							+ "transactions, so each statement would commit by itself.",
					"Use JpaTransactionManager or JdbcTransactionManager, Spring Boot's defaults, for the data source that "
							+ "has replicas, and mark the JtaTransactionManager with @Bean(defaultCandidate = false); or set "
							+ "tidemark.enabled=false.");
		}
		return bean;
	}

	/**
	 * By name, because the class needs the API of JTA, which is not always there.
	 */
	private static boolean isJta(@Nullable Class<?> type) {
		return type != null && (type.getName().equals("org.springframework.transaction.jta.JtaTransactionManager")
				|| isJta(type.getSuperclass()));
	}

	private boolean isDefault(String beanName) {
		return beanName
			.equals(DefaultBean.of(TransactionManager.class, Objects.requireNonNull(this.beanFactory)).name());
	}

}
