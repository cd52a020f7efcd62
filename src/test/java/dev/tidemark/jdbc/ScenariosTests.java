package dev.tidemark.jdbc;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ConsistencySession;
import dev.tidemark.app.Servers;
import dev.tidemark.routing.Decision;
import dev.tidemark.routing.RoutingListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs each scenario on the bare pool and through Tidemark, under several settings of the
 * pool: every step has the same result, or the same exception with the same SQLSTATE, and
 * in the end the tables hold the same.
 */
class ScenariosTests {

	private static Servers servers;

	private static Fixture fixture;

	@BeforeAll
	static void start() throws Exception {
		servers = new Servers();
		fixture = new Fixture(servers.postgres());
	}

	@AfterAll
	static void stop() throws Exception {
		fixture.close();
		servers.close();
	}

	@TestFactory
	Stream<DynamicContainer> scenarios() {
		return Stream.of(PoolSetting.values()).map((setting) -> {
			Pools pools = new Pools(servers, setting);
			return DynamicContainer.dynamicContainer(setting.name(),
					Stream.concat(Stream.of(Group.values()).map((group) -> tests(group, pools)),
							Stream.of(DynamicTest.dynamicTest("the end", pools::close))));
		});
	}

	private static DynamicContainer tests(Group group, Pools pools) {
		return DynamicContainer.dynamicContainer(group.name(),
				Scenario.in(group.type)
					.map((scenario) -> DynamicTest.dynamicTest(scenario.name(),
							() -> compare(scenario, pools, group.onReplica))));
	}

	private static void compare(Scenario scenario, Pools pools, boolean onReplica) throws Exception {
		fixture.reset();
		Transcript bare = pools.runBare(scenario);
		List<String> contentOfBare = fixture.content();
		fixture.reset();
		Transcript routed = pools.runRouted(scenario);
		assertThat(routed.lines((step) -> !scenario.differsIn(step))).as(scenario.name())
			.isEqualTo(bare.lines((step) -> !scenario.differsIn(step)));
		assertThat(fixture.content()).as(scenario.name()).isEqualTo(contentOfBare);
		if (scenario.differs()) {
			assertThat(routed.lines(scenario::differsIn)).as(scenario.name())
				.isNotEqualTo(bare.lines(scenario::differsIn));
		}
		if (onReplica) {
			assertThat(pools.servers()).as(scenario.name()).anyMatch((server) -> !server.equals(Decision.PRIMARY));
		}
	}

	/**
	 * The scenarios.
	 */
	enum Group {

		AUTO_COMMIT(AutoCommitScenarios.class, false), READ_WRITE(ReadWriteScenarios.class, false),

		READ_ONLY(ReadOnlyScenarios.class, true), SETTINGS(SettingsScenarios.class, false),

		SPRING(SpringScenarios.class, false), SPRING_READ_ONLY(SpringReadOnlyScenarios.class, true);

		private final Class<?> type;

		/**
		 * Whether each scenario uses a replica through Tidemark: else nothing would be
		 * compared.
		 */
		private final boolean onReplica;

		Group(Class<?> type, boolean onReplica) {
			this.type = type;
			this.onReplica = onReplica;
		}

	}

	/**
	 * How the pool is set.
	 */
	enum PoolSetting {

		DEFAULT, NO_AUTO_COMMIT;

		boolean autoCommit() {
			return this == DEFAULT;
		}

	}

	/**
	 * The bare pool, and the same through Tidemark.
	 */
	private static final class Pools {

		private final BarePool barePool;

		private final ConfigurableApplicationContext application;

		private final DataSource bare;

		private final DataSource routed;

		Pools(Servers servers, PoolSetting setting) {
			this.barePool = new BarePool(servers.postgres().primary().jdbcUrl(),
					servers.postgres().primary().username(), servers.postgres().primary().password());
			this.barePool.dataSource().setAutoCommit(setting.autoCommit());
			this.barePool.dataSource().setMinimumIdle(1);
			this.application = servers.start(Application.class, WebApplicationType.NONE,
					"spring.datasource.hikari.auto-commit=" + setting.autoCommit(),
					"spring.datasource.hikari.minimum-idle=1",
					// What was read on the primary has to reach the replica first.
					"tidemark.consistency.fence-wait=10s");
			this.bare = this.barePool.dataSource();
			this.routed = this.application.getBean(DataSource.class);
		}

		Set<String> servers() {
			return this.application.getBean(UsedServers.class).names;
		}

		Transcript runBare(Scenario scenario) throws Exception {
			try {
				return scenario.run(this.bare);
			}
			finally {
				evict(this.barePool.dataSource());
			}
		}

		Transcript runRouted(Scenario scenario) throws Exception {
			servers().clear();
			try {
				return this.application.getBean(ConsistencySession.class)
					.callAs(scenario.toString(), () -> scenario.run(this.routed));
			}
			finally {
				evict(this.routed.unwrap(HikariDataSource.class));
				this.application.getBeansOfType(HikariDataSource.class).values().forEach(Pools::evict);
			}
		}

		/**
		 * Let no connection outlive a scenario: pools don't reset all that one can do,
		 * and leave a transaction open that was begun as text.
		 */
		private static void evict(HikariDataSource pool) {
			if (pool.isRunning()) {
				pool.getHikariPoolMXBean().softEvictConnections();
			}
		}

		void close() {
			this.application.close();
			this.barePool.close();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		UsedServers usedServers() {
			return new UsedServers();
		}

	}

	static final class UsedServers implements RoutingListener {

		private final Set<String> names = ConcurrentHashMap.newKeySet();

		@Override
		public void onDecision(Decision decision) {
			this.names.add(decision.target());
		}

	}

}
