package dev.tidemark.autoconfigure;

import java.util.Properties;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;
import javax.sql.XADataSource;

import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.autoconfigure.TidemarkProperties.Replica;
import dev.tidemark.routing.Decision;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

/**
 * Makes the replicas' pools after the primary's.
 */
final class ReplicaPools {

	/**
	 * A read does not wait for a replica longer than this while the primary could serve
	 * it.
	 */
	private static final long LONGEST_WAIT_MS = 1000;

	/**
	 * Before a pool gives a connection away it may ask whether it is alive. By then a
	 * replica that says nothing is out of rotation.
	 */
	private static final long LONGEST_VALIDATION_MS = 500;

	private static final String MONITOR_TIMEOUT_SECONDS = "1";

	private ReplicaPools() {
	}

	/**
	 * Return the HikariCP pool behind the application's data source.
	 * @param dataSource the application's data source
	 * @return the pool
	 */
	static HikariDataSource primary(DataSource dataSource) {
		HikariDataSource pool = find(dataSource);
		if (dataSource instanceof XADataSource
				|| (pool == null && DataSourceUnwrapper.unwrap(dataSource, XADataSource.class) != null)) {
			throw new InvalidTidemarkConfigurationException(
					"The application's data source is an XADataSource, but Tidemark's connections take no part in "
							+ "distributed (XA) transactions: the WAL position of a commit by a transaction manager can't be "
							+ "known.",
					"Use HikariCP, Spring Boot's default, with spring.datasource.url for the data source that has replicas, "
							+ "and a data source of its own for XA; or set tidemark.enabled=false.");
		}
		if (pool == null || pool.getJdbcUrl() == null) {
			throw new InvalidTidemarkConfigurationException(
					"The application's data source is not a HikariCP pool with a JDBC URL, so the replicas' pools can't be "
							+ "made after it.",
					"Use HikariCP, Spring Boot's default, with spring.datasource.url; or set tidemark.enabled=false.");
		}
		return pool;
	}

	private static @Nullable HikariDataSource find(DataSource dataSource) {
		return DataSourceUnwrapper.unwrap(dataSource, HikariConfigMXBean.class, HikariDataSource.class);
	}

	/**
	 * Return the pool of a replica, which a post-processor may have wrapped.
	 * @param bean the bean
	 * @return the pool
	 */
	static HikariDataSource replica(DataSource bean) {
		HikariDataSource pool = find(bean);
		if (pool == null) {
			throw new InvalidTidemarkConfigurationException(
					"The pool of a replica was replaced by a " + bean.getClass().getName()
							+ ", behind which there is no HikariCP pool to be found.",
					"Let the BeanPostProcessor that does this leave the replicas' pools alone, or return something that "
							+ "can be unwrapped.");
		}
		return pool;
	}

	static HikariDataSource create(String name, Replica replica, HikariDataSource primary, Environment environment) {
		HikariDataSource pool = new ReplicaPool(primary);
		pool.setMetricsTrackerFactory(null);
		pool.setPoolName(name);
		pool.setJdbcUrl(replica.url());
		if (replica.username() != null) {
			pool.setUsername(replica.username());
		}
		if (replica.password() != null) {
			pool.setPassword(replica.password());
		}
		pool.setConnectionTimeout(Math.min(primary.getConnectionTimeout(), LONGEST_WAIT_MS));
		pool.setValidationTimeout(Math.min(primary.getValidationTimeout(), LONGEST_VALIDATION_MS));
		Binder.get(environment).bind("tidemark.replicas." + name + ".hikari", Bindable.ofInstance(pool));
		return pool;
	}

	/**
	 * Return what opens connections for the monitor, as the pool would.
	 * @param pool the pool of a server
	 * @return a data source that opens a new connection at each call
	 */
	static DataSource unpooled(HikariDataSource pool) {
		Properties properties = new Properties();
		properties.putAll(pool.getDataSourceProperties());
		PGProperty.APPLICATION_NAME.set(properties, "tidemark-monitor");
		PGProperty.CONNECT_TIMEOUT.set(properties, MONITOR_TIMEOUT_SECONDS);
		PGProperty.LOGIN_TIMEOUT.set(properties, MONITOR_TIMEOUT_SECONDS);
		SimpleDriverDataSource dataSource = new SimpleDriverDataSource(new Driver(), String.valueOf(pool.getJdbcUrl()),
				properties);
		dataSource.setUsername(pool.getUsername());
		dataSource.setPassword(pool.getPassword());
		return dataSource;
	}

	/**
	 * Complete what the application has not said of its pool. HikariCP means a login to
	 * take no longer than a wait for a connection, but tells only {@code DriverManager},
	 * which the driver does not ask: one login to a server that has stopped in its middle
	 * would keep the pool from opening connections to the new primary for ever.
	 * @param primary the application's pool
	 */
	static void complete(HikariDataSource primary) {
		if (primary.getPoolName() == null) {
			primary.setPoolName(Decision.PRIMARY);
		}
		if (primary.getConnectionTimeout() < Integer.MAX_VALUE) {
			long seconds = Math.max(1, TimeUnit.MILLISECONDS.toSeconds(500 + primary.getConnectionTimeout()));
			primary.getDataSourceProperties().putIfAbsent(PGProperty.LOGIN_TIMEOUT.getName(), Long.toString(seconds));
		}
	}

}
