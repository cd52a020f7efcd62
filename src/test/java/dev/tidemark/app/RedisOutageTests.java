package dev.tidemark.app;

import java.time.Duration;

import dev.tidemark.ConsistencySession;
import dev.tidemark.test.PostgresReplica;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * RYW and DOUBT while Redis is away, and when it comes back without what it held.
 */
class RedisOutageTests {

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static JdbcTemplate jdbc;

	private static ConsistencySession sessions;

	private static TransactionTemplate readOnly;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.NONE);
		jdbc = application.getBean(JdbcTemplate.class);
		sessions = application.getBean(ConsistencySession.class);
		readOnly = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
		readOnly.setReadOnly(true);
		jdbc.execute("CREATE TABLE note (owner text, n int)");
		servers.postgres().awaitReplicated();
	}

	@AfterAll
	static void stop() {
		if (application != null) {
			application.close();
		}
		servers.close();
	}

	@Test
	void nothingFailsAndNothingIsStale() throws Exception {
		Awaitility.await().until(() -> readsReplica("alice"));
		sessions.runAs("alice", () -> write("alice", 1));

		servers.redis().stop();
		assertThat(readsReplica("alice")).isFalse();
		assertThat(readsReplica("alice")).isFalse();

		// Without a marker the commit returns when the replicas have replayed it.
		sessions.runAs("bob", () -> write("bob", 1));
		for (PostgresReplica replica : servers.postgres().replicas()) {
			assertThat(countOn(replica, "bob")).isOne();
		}
		assertThat(read("bob")).isOne();

		// A write whose marker is lost with Redis, and replicas that do not have it.
		servers.redis().restart();
		Awaitility.await().until(() -> readsReplica("alice"));
		servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ofSeconds(3)));
		sessions.runAs("carol", () -> write("carol", 1));
		servers.redis().stop();
		servers.redis().restart();
		Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10)).until(() -> {
			assertThat(read("carol")).isOne();
			return readsReplica("carol");
		});
		servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ZERO));
	}

	@Test
	void flushedRedisIsNoticed() {
		servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ofSeconds(3)));
		sessions.runAs("dave", () -> write("dave", 1));
		servers.redis().flush();
		Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10)).until(() -> {
			assertThat(read("dave")).isOne();
			return readsReplica("dave");
		});
		servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ZERO));
	}

	private static void write(String owner, int n) {
		jdbc.update("INSERT INTO note VALUES (?, ?)", owner, n);
	}

	private static int read(String owner) throws Exception {
		Integer count = sessions.callAs(owner, () -> readOnly.execute(
				(status) -> jdbc.queryForObject("SELECT count(*) FROM note WHERE owner = ?", Integer.class, owner)));
		return count;
	}

	private static boolean readsReplica(String owner) throws Exception {
		return Boolean.TRUE.equals(sessions.callAs(owner,
				() -> readOnly.execute((status) -> jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class))));
	}

	private static int countOn(PostgresReplica replica, String owner) throws Exception {
		try (var connection = replica.open();
				var statement = connection.prepareStatement("SELECT count(*) FROM note WHERE owner = ?")) {
			statement.setString(1, owner);
			try (var row = statement.executeQuery()) {
				row.next();
				return row.getInt(1);
			}
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
