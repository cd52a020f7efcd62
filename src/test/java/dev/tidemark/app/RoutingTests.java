package dev.tidemark.app;

import java.util.ArrayList;
import java.util.List;

import dev.tidemark.ConsistencySession;
import dev.tidemark.routing.Decision;
import dev.tidemark.routing.Reason;
import dev.tidemark.routing.RoutingListener;
import dev.tidemark.test.PostgresReplica;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
 * Where statements run, asked of the servers themselves.
 */
class RoutingTests {

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static JdbcTemplate jdbc;

	private static ConsistencySession sessions;

	private static TransactionTemplate readOnly;

	private static TransactionTemplate readWrite;

	private static Decisions decisions;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.NONE);
		jdbc = application.getBean(JdbcTemplate.class);
		sessions = application.getBean(ConsistencySession.class);
		PlatformTransactionManager transactions = application.getBean(PlatformTransactionManager.class);
		readOnly = new TransactionTemplate(transactions);
		readOnly.setReadOnly(true);
		readWrite = new TransactionTemplate(transactions);
		decisions = application.getBean(Decisions.class);
		jdbc.execute("CREATE TABLE note (owner text, body text)");
		servers.postgres().awaitReplicated();
	}

	@AfterAll
	static void stop() {
		if (application != null) {
			application.close();
		}
		servers.close();
	}

	@BeforeEach
	void reset() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> sessions.callAs("nobody", RoutingTests::readsReplica));
		decisions.made.clear();
	}

	private static boolean readsReplica() {
		return Boolean.TRUE.equals(readOnly.execute((status) -> isInRecovery()));
	}

	private static boolean isInRecovery() {
		return Boolean.TRUE.equals(jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class));
	}

	private static void write(String owner, String body) {
		readWrite.executeWithoutResult((status) -> jdbc.update("INSERT INTO note VALUES (?, ?)", owner, body));
	}

	private static List<String> notes(String owner) {
		return readOnly
			.execute((status) -> jdbc.queryForList("SELECT body FROM note WHERE owner = ?", String.class, owner));
	}

	@Test
	void readOnlyTransactionRunsOnReplica() {
		assertThat(readsReplica()).isTrue();
	}

	@Test
	void readWriteTransactionRunsOnPrimaryAsAWhole() {
		Boolean inRecovery = readWrite.execute((status) -> isInRecovery());
		assertThat(inRecovery).isFalse();
	}

	@Test
	void statementOutsideTransactionRunsOnPrimary() {
		assertThat(isInRecovery()).isFalse();
		assertThat(decisions.made).extracting(Decision::reason).containsExactly(Reason.NO_TRANSACTION);
	}

	@Test
	void userReadsOwnWriteWhileReplicasStandStill() throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		sessions.runAs("alice", () -> write("alice", "hello"));
		assertThat(sessions.callAs("alice", () -> notes("alice"))).containsExactly("hello");
		assertThat(decisions.last()).isEqualTo(Decision.primary(Reason.RECENT_WRITE));
		assertThat(sessions.callAs("bob", () -> notes("alice"))).isEmpty();
		assertThat(decisions.last().reason()).isEqualTo(Reason.NO_RECENT_WRITE);
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		Awaitility.await().until(() -> sessions.callAs("alice", RoutingTests::readsReplica));
		assertThat(decisions.last().reason()).isEqualTo(Reason.CAUGHT_UP);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Decisions decisions() {
			return new Decisions();
		}

	}

	static final class Decisions implements RoutingListener {

		private final List<Decision> made = new ArrayList<>();

		@Override
		public void onDecision(Decision decision) {
			this.made.add(decision);
		}

		Decision last() {
			return this.made.get(this.made.size() - 1);
		}

	}

}
