package dev.tidemark.app;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import dev.tidemark.ConsistencySession;
import dev.tidemark.test.PostgresReplica;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.event.TransactionalEventListener;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Listeners that are called after the commit see what was committed, while the replicas
 * do not have it.
 */
class TransactionalEventListenerTests {

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static ConsistencySession sessions;

	private static Notes notes;

	private static Listeners listeners;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.NONE,
				"spring.task.execution.propagate-context=true");
		sessions = application.getBean(ConsistencySession.class);
		notes = application.getBean(Notes.class);
		listeners = application.getBean(Listeners.class);
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
		Awaitility.await().until(() -> sessions.callAs("nobody", () -> notes.read("nobody")).endsWith("replica"));
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		listeners.heard().clear();
	}

	@Test
	void listenersOfAUserSeeTheWrite() {
		sessions.runAs("alice", () -> notes.write("alice"));
		assertAllHeardTheWrite();
	}

	@Test
	void listenersOfAWriteWithoutUserSeeIt() {
		notes.write("somebody");
		assertAllHeardTheWrite();
	}

	private static void assertAllHeardTheWrite() {
		Awaitility.await().until(() -> listeners.heard().size() == 4);
		assertThat(listeners.heard()).containsEntry("joined", "1 on primary")
			.containsEntry("query", "1 on primary")
			.containsEntry("new", "1 on primary")
			.containsEntry("later", "1 on primary");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAsync
	static class Application {

		@Bean
		Notes notes(JdbcTemplate jdbc, ApplicationEventPublisher events) {
			return new Notes(jdbc, events);
		}

		@Bean
		Listeners listeners(Notes notes) {
			return new Listeners(notes);
		}

	}

	record Written(String owner) {

	}

	static class Notes {

		private final JdbcTemplate jdbc;

		private final ApplicationEventPublisher events;

		Notes(JdbcTemplate jdbc, ApplicationEventPublisher events) {
			this.jdbc = jdbc;
			this.events = events;
		}

		@Transactional
		public void write(String owner) {
			this.jdbc.update("INSERT INTO note VALUES (?)", owner);
			this.events.publishEvent(new Written(owner));
		}

		@Transactional(readOnly = true)
		public String read(String owner) {
			return query(owner);
		}

		public String query(String owner) {
			return this.jdbc.queryForObject("SELECT count(*), pg_is_in_recovery() FROM note WHERE owner = ?",
					(row, number) -> row.getInt(1) + " on " + (row.getBoolean(2) ? "replica" : "primary"), owner);
		}

	}

	static class Listeners {

		private final Map<String, String> heard = new ConcurrentHashMap<>();

		private final Notes notes;

		Listeners(Notes notes) {
			this.notes = notes;
		}

		public Map<String, String> heard() {
			return this.heard;
		}

		/**
		 * The transaction that was committed is still bound to the thread.
		 */
		@TransactionalEventListener
		public void joined(Written event) {
			this.heard.put("joined", this.notes.read(event.owner()));
		}

		@TransactionalEventListener
		public void query(Written event) {
			this.heard.put("query", this.notes.query(event.owner()));
		}

		@TransactionalEventListener
		@Transactional(propagation = Propagation.REQUIRES_NEW, readOnly = true)
		public void inNewTransaction(Written event) {
			this.heard.put("new", this.notes.read(event.owner()));
		}

		@Async
		@TransactionalEventListener
		public void later(Written event) {
			this.heard.put("later", this.notes.read(event.owner()));
		}

	}

}
