package dev.tidemark.app;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What takes nothing from any pool.
 */
class LazyConnectionTests {

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static JdbcTemplate jdbc;

	private static TransactionTemplate readOnly;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.NONE);
		jdbc = application.getBean(JdbcTemplate.class);
		readOnly = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
		readOnly.setReadOnly(true);
	}

	@AfterAll
	static void stop() {
		application.close();
		servers.close();
	}

	private static List<String> poolsInUse() {
		Map<String, HikariDataSource> replicas = application.getBeansOfType(HikariDataSource.class);
		HikariDataSource primary = ((DelegatingDataSource) application.getBean(DataSource.class))
			.getTargetDataSource() instanceof HikariDataSource pool ? pool : null;
		return Stream.concat(replicas.values().stream(), Stream.ofNullable(primary))
			.filter((pool) -> pool.getHikariPoolMXBean() != null)
			.filter((pool) -> pool.getHikariPoolMXBean().getActiveConnections() > 0)
			.map(HikariDataSource::getPoolName)
			.toList();
	}

	@Test
	void transactionWithoutStatement() {
		List<String> inUse = readOnly.execute((status) -> poolsInUse());
		assertThat(inUse).isEmpty();
	}

	@Test
	void questionsAboutTheConnection() {
		List<String> inUse = readOnly
			.execute((status) -> jdbc.execute((ConnectionCallback<List<String>>) LazyConnectionTests::ask));
		assertThat(inUse).isEmpty();
	}

	private static List<String> ask(Connection connection) throws SQLException {
		assertThat(connection.isReadOnly()).isTrue();
		assertThat(connection.getAutoCommit()).isFalse();
		assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
		assertThat(connection.getCatalog()).isEqualTo("postgres");
		assertThat(connection.getNetworkTimeout()).isZero();
		assertThat(connection.getTypeMap()).isEmpty();
		assertThat((Object) connection.getWarnings()).isNull();
		assertThat(connection.isClosed()).isFalse();
		assertThat(connection.isWrapperFor(PGConnection.class)).isTrue();
		DatabaseMetaData metaData = connection.getMetaData();
		assertThat(metaData.getDatabaseProductName()).isEqualTo("PostgreSQL");
		assertThat(metaData.getURL()).isEqualTo(servers.postgres().primary().jdbcUrl());
		assertThat(metaData.getSQLKeywords()).contains("vacuum");
		connection.createStatement().setFetchSize(10);
		return poolsInUse();
	}

	@Test
	void statementTakesOneConnectionOfOnePool() {
		List<String> inUse = readOnly.execute((status) -> {
			jdbc.queryForObject("SELECT 1", Integer.class);
			return poolsInUse();
		});
		assertThat(inUse).hasSize(1).doesNotContain("primary");
		assertThat(poolsInUse()).isEmpty();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
