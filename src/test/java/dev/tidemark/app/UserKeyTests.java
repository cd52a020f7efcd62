package dev.tidemark.app;

import java.util.List;
import java.util.stream.Stream;

import dev.tidemark.ConsistencySession;
import dev.tidemark.UserKeyResolver;
import dev.tidemark.test.PostgresReplica;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Any text names a user or what is read: RYW holds for whoever has it, on another
 * instance too, and reads of others stay on replicas.
 */
class UserKeyTests {

	private static final ThreadLocal<String> user = new ThreadLocal<>();

	private static Servers servers;

	private static List<ConfigurableApplicationContext> instances;

	@BeforeAll
	static void start() {
		servers = new Servers();
		String level = "tidemark.consistency.default-level=read-your-writes";
		instances = List.of(servers.start(Application.class, WebApplicationType.NONE, level),
				servers.start(Application.class, WebApplicationType.NONE, level));
	}

	@AfterAll
	static void stop() {
		instances.forEach(ConfigurableApplicationContext::close);
		servers.close();
	}

	@BeforeEach
	void pauseReplicasThatAreUpToDate() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> readsReplica("nobody", false));
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
	}

	static Stream<String> keys() {
		return Stream.of("", " ", "\0", "\n", "a\r\nSET x y\r\n", "*1\r\n$8\r\nFLUSHALL\r\n", "\u0007\u001b[2J",
				"a'; DROP TABLE note; --", "{0}:epoch", "\ud800", "\udc00x", "\ud83d\ude00", "\0about nobody",
				"\0visitor x", "\0visitor ", "x".repeat(1 << 20));
	}

	@ParameterizedTest
	@MethodSource("keys")
	void userWithAnyKeyReadsTheirWrite(String key) throws Exception {
		sessions(0).runAs(key, () -> write(0));
		assertThat(readsReplica(key, false)).isFalse();
		assertThat(readsReplica("nobody", false)).isTrue();
		assertThat(readsReplica("nobody", true)).isTrue();
	}

	@ParameterizedTest
	@MethodSource("keys")
	void resolverMayReturnAnyKey(String key) throws Exception {
		user.set(key);
		write(0);
		user.remove();
		assertThat(readsReplica(key, true)).isFalse();
		assertThat(readsReplica("nobody", true)).isTrue();
	}

	@ParameterizedTest
	@MethodSource("keys")
	void whatIsReadMayHaveAnyKey(String key) throws Exception {
		try (ConsistencySession.Named about = sessions(0).about(key)) {
			sessions(0).runAs("writer", () -> write(0));
		}
		assertThat(readsReplica("nobody", false)).isTrue();
		try (ConsistencySession.Named about = sessions(1).about(key)) {
			assertThat(readsReplica("nobody", false)).isFalse();
		}
	}

	private static ConsistencySession sessions(int instance) {
		return instances.get(instance).getBean(ConsistencySession.class);
	}

	private static void write(int instance) {
		instances.get(instance)
			.getBean(JdbcTemplate.class)
			.execute("CREATE TABLE IF NOT EXISTS note (n int); INSERT INTO note VALUES (1)");
	}

	private static boolean readsReplica(String key, boolean byResolver) throws Exception {
		TransactionTemplate readOnly = new TransactionTemplate(
				instances.get(1).getBean(PlatformTransactionManager.class));
		readOnly.setReadOnly(true);
		if (!byResolver) {
			return sessions(1).callAs(key, () -> isReplica(readOnly));
		}
		user.set(key);
		try {
			return isReplica(readOnly);
		}
		finally {
			user.remove();
		}
	}

	private static boolean isReplica(TransactionTemplate readOnly) {
		return Boolean.TRUE.equals(readOnly.execute((status) -> instances.get(1)
			.getBean(JdbcTemplate.class)
			.queryForObject("SELECT pg_is_in_recovery()", Boolean.class)));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		UserKeyResolver users() {
			return user::get;
		}

	}

}
