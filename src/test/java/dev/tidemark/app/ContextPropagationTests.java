package dev.tidemark.app;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

import dev.tidemark.ConsistencySession;
import dev.tidemark.FeedsWriteDecision;
import dev.tidemark.test.PostgresReplica;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.JRE;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.support.ContextPropagatingTaskDecorator;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.event.TransactionalEventListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sessions that go on on other threads of one pool with one thread.
 */
class ContextPropagationTests {

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static ConsistencySession sessions;

	private static Notes notes;

	private static Later later;

	private static AsyncTaskExecutor executor;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.NONE,
				"spring.task.execution.propagate-context=true", "spring.task.execution.pool.core-size=1",
				"spring.task.execution.pool.max-size=1");
		sessions = application.getBean(ConsistencySession.class);
		notes = application.getBean(Notes.class);
		later = application.getBean(Later.class);
		executor = application.getBean(AsyncTaskExecutor.class);
		application.getBean(JdbcTemplate.class).execute("CREATE TABLE note (owner text)");
	}

	@AfterAll
	static void stop() {
		application.close();
		servers.close();
	}

	@BeforeEach
	void pauseReplicasThatAreUpToDate() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> sessions.callAs("nobody", notes::isInRecovery));
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
	}

	private static <T> T as(String user, Callable<T> action) throws Exception {
		return sessions.callAs(user, action);
	}

	@Test
	void asynchronousMethodReadsTheWrite() throws Exception {
		int count = as("alice", () -> {
			notes.write("alice");
			return later.count("alice").join();
		});
		assertThat(count).isEqualTo(1);
	}

	@Test
	void taskReadsTheWrite() throws Exception {
		int count = as("bob", () -> {
			notes.write("bob");
			return executor.submit(() -> notes.count("bob")).get();
		});
		assertThat(count).isEqualTo(1);
	}

	@Test
	void futureReadsTheWrite() throws Exception {
		int count = as("carol", () -> {
			notes.write("carol");
			return CompletableFuture.supplyAsync(() -> notes.count("carol"), executor).join();
		});
		assertThat(count).isEqualTo(1);
	}

	@Test
	void reactiveChainReadsTheWrite() throws Exception {
		Hooks.enableAutomaticContextPropagation();
		try {
			int count = as("heidi", () -> {
				notes.write("heidi");
				return Mono.fromCallable(() -> notes.count("heidi")).subscribeOn(Schedulers.boundedElastic()).block();
			});
			assertThat(count).isEqualTo(1);
		}
		finally {
			Hooks.disableAutomaticContextPropagation();
		}
	}

	// A virtual one where Java has them.
	@Test
	void threadOfItsOwnReadsTheWrite() throws Exception {
		SimpleAsyncTaskExecutor threads = new SimpleAsyncTaskExecutor();
		threads.setVirtualThreads(JRE.currentJre().compareTo(JRE.JAVA_21) >= 0);
		threads.setTaskDecorator(new ContextPropagatingTaskDecorator());
		int count = as("olga", () -> {
			notes.write("olga");
			return threads.submit(() -> notes.count("olga")).get();
		});
		assertThat(count).isEqualTo(1);
	}

	@Test
	void writeOfATaskIsTheUsersWrite() throws Exception {
		int inside = as("dave", () -> {
			executor.submit(() -> notes.write("dave")).get();
			return notes.count("dave");
		});
		assertThat(inside).isEqualTo(1);
		assertThat(as("dave", () -> notes.count("dave"))).isEqualTo(1);
		assertThat(as("erin", () -> notes.count("dave"))).isZero();
	}

	@Test
	void nothingStaysOnThePooledThread() throws Exception {
		as("frank", () -> {
			notes.write("frank");
			return executor.submit(() -> notes.count("frank")).get();
		});
		assertThat(executor.submit(() -> notes.isInRecovery()).get()).isTrue();
		assertThat(as("grace", () -> executor.submit(() -> notes.isInRecovery()).get())).isTrue();
	}

	@Test
	void readOfADecisionGoesAlong() throws Exception {
		assertThat(as("heidi", () -> later.decide(executor))).isFalse();
	}

	@Test
	void sessionIsRestoredOnTheSameThread() throws Exception {
		int count = as("ivan", () -> {
			Runnable wrapped = ContextSnapshotFactory.builder().build().captureAll().wrap(() -> notes.write("ivan"));
			sessions.runAs("judy", wrapped);
			return notes.count("ivan");
		});
		assertThat(count).isEqualTo(1);
		assertThat(as("judy", notes::isInRecovery)).isTrue();
	}

	@Test
	void listenerAfterTheCommitSeesTheWrite() throws Exception {
		as("kim", () -> later.writeAndTell("kim"));
		Awaitility.await().until(() -> later.heard() != null);
		assertThat(later.heard()).isEqualTo(1);
	}

	@Test
	void applicationThatEndsLeavesNothingBehind() {
		int before = ContextRegistry.getInstance().getThreadLocalAccessors().size();
		servers.start(Application.class, WebApplicationType.NONE).close();
		assertThat(ContextRegistry.getInstance().getThreadLocalAccessors()).hasSize(before);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAsync
	static class Application {

		@Bean
		Notes notes(JdbcTemplate jdbc) {
			return new Notes(jdbc);
		}

		@Bean
		Later later(Notes notes, ApplicationEventPublisher events) {
			return new Later(notes, events);
		}

	}

	static class Notes {

		private final JdbcTemplate jdbc;

		Notes(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
		}

		@Transactional
		public void write(String owner) {
			this.jdbc.update("INSERT INTO note VALUES (?)", owner);
		}

		@Transactional(readOnly = true)
		public int count(String owner) {
			return this.jdbc.queryForObject("SELECT count(*) FROM note WHERE owner = ?", Integer.class, owner);
		}

		@Transactional(readOnly = true)
		public boolean isInRecovery() {
			return this.jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class);
		}

	}

	static class Later {

		private final Notes notes;

		private final ApplicationEventPublisher events;

		private volatile Integer heard;

		Later(Notes notes, ApplicationEventPublisher events) {
			this.notes = notes;
			this.events = events;
		}

		public Integer heard() {
			return this.heard;
		}

		@Async
		public CompletableFuture<Integer> count(String owner) {
			return CompletableFuture.completedFuture(this.notes.count(owner));
		}

		@FeedsWriteDecision
		public boolean decide(AsyncTaskExecutor executor) throws Exception {
			return executor.submit(this.notes::isInRecovery).get();
		}

		@Transactional
		public String writeAndTell(String owner) {
			this.notes.write(owner);
			this.events.publishEvent(owner);
			return owner;
		}

		@Async
		@TransactionalEventListener
		public void written(String owner) {
			this.heard = this.notes.count(owner);
		}

	}

}
