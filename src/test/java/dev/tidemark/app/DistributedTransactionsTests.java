package dev.tidemark.app;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.List;

import javax.sql.DataSource;
import javax.sql.XAConnection;
import javax.sql.XADataSource;
import javax.transaction.xa.XAResource;

import dev.tidemark.routing.RoutingDataSource;
import jakarta.transaction.Status;
import jakarta.transaction.UserTransaction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.xa.PGXADataSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.jdbc.XADataSourceWrapper;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.jta.JtaTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What is refused of XA and JTA, and how.
 */
@ExtendWith(OutputCaptureExtension.class)
class DistributedTransactionsTests {

	private static Servers servers;

	@BeforeAll
	static void start() {
		servers = new Servers();
	}

	@AfterAll
	static void stop() {
		servers.close();
	}

	private static ConfigurableApplicationContext run(Class<?> application) {
		return servers.start(application, WebApplicationType.NONE);
	}

	@Test
	void xaDataSourceIsExplained(CapturedOutput output) {
		assertThatException().isThrownBy(() -> run(Xa.class));
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("The application's data source is an XADataSource")
			.contains("a data source of its own for XA");
	}

	@Test
	void jtaTransactionManagerIsExplained(CapturedOutput output) {
		assertThatException().isThrownBy(() -> run(Jta.class));
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("the transaction manager 'transactionManager' is a JtaTransactionManager")
			.contains("JdbcTransactionManager");
	}

	@Test
	void jtaTransactionManagerBesideTheDefaultIsLeftAlone() {
		try (ConfigurableApplicationContext application = run(JtaBesideJdbc.class)) {
			assertThat(application.getBean(DataSource.class)).isInstanceOf(RoutingDataSource.class);
			assertThat(application.getBean(JtaTransactionManager.class)).isNotNull();
		}
	}

	@Test
	void xaIsNothingToUnwrap() {
		try (ConfigurableApplicationContext application = run(Plain.class)) {
			DataSource dataSource = application.getBean(DataSource.class);
			assertThat(List.of(XADataSource.class, XAConnection.class, XAResource.class)).allSatisfy((type) -> {
				assertThat(dataSource.isWrapperFor(type)).isFalse();
				assertThatExceptionOfType(SQLFeatureNotSupportedException.class)
					.isThrownBy(() -> dataSource.unwrap(type))
					.withMessageContainingAll("take no part in distributed (XA) transactions",
							"Use a data source of its own");
				try (Connection connection = dataSource.getConnection()) {
					assertThat(connection.isWrapperFor(type)).isFalse();
					assertThatExceptionOfType(SQLException.class).isThrownBy(() -> connection.unwrap(type))
						.withMessageContainingAll("take no part in distributed (XA) transactions",
								"Use a data source of its own");
				}
			});
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Xa {

		@Bean
		XADataSourceWrapper xaDataSourceWrapper() {
			return XaPool::new;
		}

		@Bean
		XADataSource xaDataSource(DataSourceProperties properties) {
			PGXADataSource dataSource = new PGXADataSource();
			dataSource.setUrl(properties.determineUrl());
			dataSource.setUser(properties.determineUsername());
			dataSource.setPassword(properties.determinePassword());
			return dataSource;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Jta {

		@Bean
		PlatformTransactionManager transactionManager() {
			return new JtaTransactionManager(new NoTransactions());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration(
			exclude = { HibernateJpaAutoConfiguration.class, DataJpaRepositoriesAutoConfiguration.class })
	static class JtaBesideJdbc {

		@Bean
		@Primary
		JdbcTransactionManager transactionManager(DataSource dataSource) {
			return new JdbcTransactionManager(dataSource);
		}

		@Bean
		JtaTransactionManager jtaTransactionManager() {
			return new JtaTransactionManager(new NoTransactions());
		}

	}

	/**
	 * What transaction managers put in front of an XA data source.
	 */
	static final class XaPool extends AbstractDataSource {

		private final XADataSource target;

		XaPool(XADataSource target) {
			this.target = target;
		}

		@Override
		public Connection getConnection() throws SQLException {
			return this.target.getXAConnection().getConnection();
		}

		@Override
		public Connection getConnection(String username, String password) throws SQLException {
			return this.target.getXAConnection(username, password).getConnection();
		}

		@Override
		public boolean isWrapperFor(Class<?> type) throws SQLException {
			return type.isInstance(this.target) || super.isWrapperFor(type);
		}

		@Override
		public <T> T unwrap(Class<T> type) throws SQLException {
			return type.isInstance(this.target) ? type.cast(this.target) : super.unwrap(type);
		}

	}

	static final class NoTransactions implements UserTransaction {

		@Override
		public void begin() {
		}

		@Override
		public void commit() {
		}

		@Override
		public void rollback() {
		}

		@Override
		public void setRollbackOnly() {
		}

		@Override
		public int getStatus() {
			return Status.STATUS_NO_TRANSACTION;
		}

		@Override
		public void setTransactionTimeout(int seconds) {
		}

	}

}
