package dev.tidemark.jdbc;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ConsistencySession;
import dev.tidemark.app.Servers;
import dev.tidemark.routing.Decision;
import dev.tidemark.routing.RoutingListener;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The bare pool, and the same through Tidemark.
 */
final class Pools implements AutoCloseable {

	private final BarePool barePool;

	private final ConfigurableApplicationContext application;

	private final DataSource bare;

	private final DataSource routed;

	Pools(Servers servers, PoolSetting setting) {
		this.barePool = new BarePool(servers.postgres().primary().jdbcUrl(), servers.postgres().primary().username(),
				servers.postgres().primary().password());
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

	Transcript runBare(Program program) throws Exception {
		try {
			return program.run(this.bare);
		}
		finally {
			evict(this.barePool.dataSource());
		}
	}

	Transcript runRouted(Program program) throws Exception {
		servers().clear();
		try {
			return this.application.getBean(ConsistencySession.class)
				.callAs(program.toString(), () -> program.run(this.routed));
		}
		finally {
			evict(this.routed.unwrap(HikariDataSource.class));
			this.application.getBeansOfType(HikariDataSource.class).values().forEach(Pools::evict);
		}
	}

	/**
	 * Let no connection outlive a program: pools don't reset all that one can do, and
	 * leave a transaction open that was begun as text.
	 */
	private static void evict(HikariDataSource pool) {
		if (pool.isRunning()) {
			pool.getHikariPoolMXBean().softEvictConnections();
		}
	}

	@Override
	public void close() {
		this.application.close();
		this.barePool.close();
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
