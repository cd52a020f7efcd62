package dev.tidemark.app;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

import dev.tidemark.ConsistencySession;
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
 * RYW over two instances that share a Redis, with a replay delay underneath: without one,
 * the test would prove nothing.
 */
class TwoInstancesTests {

	private static final int THREADS = 20;

	private static final int PAIRS = 1000;

	private static Servers servers;

	private static final List<Instance> instances = new ArrayList<>();

	@BeforeAll
	static void start() {
		servers = new Servers();
		instances.add(new Instance(servers.start(Application.class, WebApplicationType.NONE)));
		instances.add(new Instance(servers.start(Application.class, WebApplicationType.NONE)));
		instances.get(0).jdbc.execute("CREATE TABLE pair (owner text, n int)");
		servers.postgres().awaitReplicated();
		servers.postgres().replicas().forEach((replica) -> replica.delayReplay(Duration.ofMillis(200)));
	}

	@AfterAll
	static void stop() {
		instances.forEach((instance) -> instance.context.close());
		servers.close();
	}

	@Test
	void everyReadAfterWriteSeesIt() throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try {
			List<Callable<Integer>> users = new ArrayList<>();
			for (int user = 0; user < THREADS; user++) {
				String name = "user" + user;
				users.add(() -> staleReads(name, PAIRS / THREADS, false));
			}
			assertThat(sum(threads.invokeAll(users))).isZero();
		}
		finally {
			threads.shutdownNow();
		}
	}

	@Test
	void everyReadAfterWriteOutsideTransactionSeesIt() throws Exception {
		assertThat(staleReads("autocommit", 50, true)).isZero();
	}

	private static int sum(List<Future<Integer>> results) throws Exception {
		int sum = 0;
		for (Future<Integer> result : results) {
			sum += result.get();
		}
		return sum;
	}

	/**
	 * Write, then read until a replica serves the read: that is when a position that was
	 * taken too early would show.
	 */
	private static int staleReads(String user, int pairs, boolean autoCommit) {
		AtomicInteger stale = new AtomicInteger();
		for (int n = 1; n <= pairs; n++) {
			int written = n;
			Instance writer = anyInstance();
			writer.sessions.runAs(user, () -> writer.write(user, written, autoCommit));
			Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10)).until(() -> {
				Instance reader = anyInstance();
				Latest latest = reader.sessions.callAs(user, () -> reader.latest(user));
				if (latest.n < written) {
					stale.incrementAndGet();
				}
				return latest.onReplica;
			});
		}
		return stale.get();
	}

	private static Instance anyInstance() {
		return instances.get(ThreadLocalRandom.current().nextInt(instances.size()));
	}

	private static final class Instance {

		private final ConfigurableApplicationContext context;

		private final JdbcTemplate jdbc;

		private final ConsistencySession sessions;

		private final TransactionTemplate readOnly;

		private final TransactionTemplate readWrite;

		Instance(ConfigurableApplicationContext context) {
			this.context = context;
			this.jdbc = context.getBean(JdbcTemplate.class);
			this.sessions = context.getBean(ConsistencySession.class);
			this.readWrite = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
			this.readOnly = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
			this.readOnly.setReadOnly(true);
		}

		void write(String owner, int n, boolean autoCommit) {
			if (autoCommit) {
				this.jdbc.update("INSERT INTO pair VALUES (?, ?)", owner, n);
			}
			else {
				this.readWrite
					.executeWithoutResult((status) -> this.jdbc.update("INSERT INTO pair VALUES (?, ?)", owner, n));
			}
		}

		Latest latest(String owner) {
			return this.readOnly.execute((status) -> this.jdbc.queryForObject(
					"SELECT coalesce(max(n), 0), pg_is_in_recovery() FROM pair WHERE owner = ?",
					(row, number) -> new Latest(row.getInt(1), row.getBoolean(2)), owner));
		}

	}

	private record Latest(int n, boolean onReplica) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
