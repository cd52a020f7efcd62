package dev.tidemark.app;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import dev.tidemark.ConsistencySession;
import dev.tidemark.logging.RoutingMdc;
import dev.tidemark.wal.ReplicationMonitor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What the log shows of decisions.
 */
class MdcTests {

	private static final Map<String, String> WRITE = Map.of("tidemark.target", "primary", "tidemark.reason",
			"read-write");

	private static Servers servers;

	private static final AtomicInteger USERS = new AtomicInteger();

	private static ConfigurableApplicationContext application;

	/**
	 * What another test has seen of the primary concerns nobody here.
	 */
	private final String user = "reader" + USERS.incrementAndGet();

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.NONE, "tidemark.logging.mdc=true");
		ReplicationMonitor monitor = application.getBean(ReplicationMonitor.class);
		Awaitility.await()
			.until(() -> monitor.status().replicas().stream().allMatch((replica) -> replica.isNoOlderThanItWas()));
	}

	@AfterAll
	static void stop() {
		application.close();
		servers.close();
	}

	@AfterEach
	void nothingIsLeft() {
		assertThat(keys()).isEmpty();
	}

	@Test
	void keysTellOfTheTransactionFromItsFirstStatementOn() throws Exception {
		read(() -> {
			assertThat(keys()).isEmpty();
			query();
			assertThat(keys().get("tidemark.target")).startsWith("replica");
			assertThat(keys()).containsEntry("tidemark.reason", "no-recent-write").hasSize(2);
			return true;
		});
		transaction(TransactionDefinition.PROPAGATION_REQUIRED).executeWithoutResult((status) -> {
			query();
			assertThat(keys()).isEqualTo(WRITE);
		});
	}

	@Test
	void innerTransactionHasItsOwn() throws Exception {
		read(() -> {
			query();
			Map<String, String> outer = keys();
			transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW).executeWithoutResult((status) -> {
				assertThat(keys()).isEmpty();
				query();
				assertThat(keys()).isEqualTo(WRITE);
			});
			assertThat(keys()).isEqualTo(outer);
			return true;
		});
	}

	@Test
	void rollbackRemovesThem() {
		assertThatIllegalStateException()
			.isThrownBy(() -> transaction(TransactionDefinition.PROPAGATION_REQUIRED).executeWithoutResult((status) -> {
				query();
				throw new IllegalStateException("rolled back");
			}));
	}

	@Test
	void statementsWithoutATransactionLeaveNone() {
		query();
		assertThat(keys()).isEmpty();
		transaction(TransactionDefinition.PROPAGATION_SUPPORTS).executeWithoutResult((status) -> {
			query();
			assertThat(keys()).containsEntry("tidemark.reason", "no-transaction");
			query();
		});
	}

	@Test
	void nothingIsLeftOnPooledThreads() throws Exception {
		MDC.put("application", "own");
		ExecutorService pool = Executors.newSingleThreadExecutor();
		try {
			for (int i = 0; i < 20; i++) {
				pool.submit(() -> read(() -> {
					query();
					return true;
				})).get();
				assertThat(pool.submit(MdcTests::keys).get()).isEmpty();
			}
			assertThat(MDC.get("application")).isEqualTo("own");
		}
		finally {
			pool.shutdown();
			MDC.remove("application");
		}
	}

	@Test
	void thereAreNoneByDefault() {
		try (ConfigurableApplicationContext plain = servers.start(Application.class, WebApplicationType.NONE)) {
			assertThat(plain.getBeansOfType(RoutingMdc.class)).isEmpty();
			new TransactionTemplate(plain.getBean(PlatformTransactionManager.class)).executeWithoutResult((status) -> {
				plain.getBean(JdbcTemplate.class).queryForObject("SELECT 1", Integer.class);
				assertThat(keys()).isEmpty();
			});
		}
	}

	private static Map<String, String> keys() {
		Map<String, String> keys = new TreeMap<>(Objects.requireNonNullElse(MDC.getCopyOfContextMap(), Map.of()));
		keys.keySet().removeIf((key) -> !key.startsWith("tidemark."));
		return keys;
	}

	private static void query() {
		application.getBean(JdbcTemplate.class).queryForObject("SELECT 1", Integer.class);
	}

	private static TransactionTemplate transaction(int propagation) {
		TransactionTemplate template = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
		template.setPropagationBehavior(propagation);
		return template;
	}

	private boolean read(Task task) throws Exception {
		TransactionTemplate readOnly = transaction(TransactionDefinition.PROPAGATION_REQUIRED);
		readOnly.setReadOnly(true);
		return Boolean.TRUE.equals(application.getBean(ConsistencySession.class)
			.callAs(this.user, () -> readOnly.execute((status) -> task.run())));
	}

	@FunctionalInterface
	private interface Task {

		boolean run();

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
