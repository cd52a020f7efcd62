package dev.tidemark.app;

import java.util.List;
import java.util.Map;

import dev.tidemark.ConsistencySession;
import dev.tidemark.test.PostgresServer;
import org.awaitility.Awaitility;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Migrations at the start of an application, through its own data source.
 */
class MigrationTests {

	private static Servers servers;

	private static JdbcTemplate primary;

	@BeforeAll
	static void start() {
		servers = new Servers();
		primary = on(servers.postgres().primary());
	}

	@AfterAll
	static void stop() {
		servers.close();
	}

	private static JdbcTemplate on(PostgresServer server) {
		return new JdbcTemplate(new DriverManagerDataSource(server.jdbcUrl(), server.username(), server.password()));
	}

	@Test
	void flywayMigratesOnce() throws Exception {
		List<Map<String, Object>> history;
		try (ConfigurableApplicationContext application = startWithFlyway()) {
			history = primary.queryForList("SELECT * FROM flyway_app.flyway_schema_history ORDER BY installed_rank");
			assertThat(history).extracting((row) -> row.get("version")).containsExactly(null, "1", "2");
			assertMigrated(application, "flyway_app");
		}
		try (ConfigurableApplicationContext application = startWithFlyway()) {
			assertThat(application.getBean(Flyway.class).info().pending()).isEmpty();
			assertThat(primary.queryForList("SELECT * FROM flyway_app.flyway_schema_history ORDER BY installed_rank"))
				.isEqualTo(history);
			assertThat(primary.queryForObject("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", Long.class))
				.isZero();
		}
	}

	/**
	 * With Flyway's own default, a lock in a transaction, CREATE INDEX CONCURRENTLY waits
	 * for ever on any data source.
	 */
	private static ConfigurableApplicationContext startWithFlyway() {
		return servers.start(Application.class, WebApplicationType.NONE, Library.only(Library.FLYWAY),
				"spring.flyway.locations=classpath:migrations/flyway", "spring.flyway.schemas=flyway_app",
				"spring.flyway.postgresql.transactional-lock=false");
	}

	@Test
	void liquibaseMigratesOnce() throws Exception {
		List<Map<String, Object>> history;
		try (ConfigurableApplicationContext application = startWithLiquibase()) {
			history = primary.queryForList("SELECT * FROM databasechangelog ORDER BY orderexecuted");
			assertThat(history).extracting((row) -> row.get("id")).containsExactly("1", "2");
			assertMigrated(application, "public");
		}
		try (ConfigurableApplicationContext application = startWithLiquibase()) {
			assertThat(primary.queryForList("SELECT * FROM databasechangelog ORDER BY orderexecuted"))
				.isEqualTo(history);
			assertThat(primary.queryForObject("SELECT locked FROM databasechangeloglock", Boolean.class)).isFalse();
		}
	}

	private static ConfigurableApplicationContext startWithLiquibase() {
		return servers.start(Application.class, WebApplicationType.NONE, Library.only(Library.LIQUIBASE),
				"spring.liquibase.change-log=classpath:migrations/liquibase/changelog.sql");
	}

	private static void assertMigrated(ConfigurableApplicationContext application, String schema) throws Exception {
		assertThat(primary.queryForList("SELECT author FROM " + schema + ".post", String.class))
			.containsExactly("alice");
		assertThat(primary.queryForList("SELECT indexname FROM pg_indexes JOIN pg_index ON indexrelid = "
				+ "(schemaname || '.' || indexname)::regclass WHERE schemaname = ? AND tablename = 'post' AND indisvalid "
				+ "ORDER BY indexname", String.class, schema))
			.containsExactly("post_author", "post_pkey");
		servers.postgres().awaitReplicated();
		assertReadOnReplica(application, schema);
	}

	private static void assertReadOnReplica(ConfigurableApplicationContext application, String schema)
			throws Exception {
		JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
		TransactionTemplate readOnly = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
		readOnly.setReadOnly(true);
		Awaitility.await()
			.until(() -> application.getBean(ConsistencySession.class)
				.callAs("reader",
						() -> readOnly.execute((status) -> jdbc.queryForObject(
								"SELECT author || ' ' || pg_is_in_recovery() FROM " + schema + ".post", String.class))),
					"alice true"::equals);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
