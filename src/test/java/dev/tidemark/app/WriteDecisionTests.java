package dev.tidemark.app;

import dev.tidemark.WriteDecisionOnReplicaException;
import dev.tidemark.aop.ConsistencyAdvisor;
import dev.tidemark.app.Ledger.AccountRepository;
import dev.tidemark.app.Ledger.LedgerService;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.interceptor.TransactionInterceptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * DECISION, and the annotations on methods of beans and repositories.
 */
class WriteDecisionTests {

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static LedgerService ledger;

	private static AccountRepository accounts;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Ledger.class, WebApplicationType.NONE);
		ledger = application.getBean(LedgerService.class);
		accounts = application.getBean(AccountRepository.class);
		application.getBean(JdbcTemplate.class).execute("CREATE TABLE account (owner text PRIMARY KEY, cents bigint)");
		ledger.open("alice", 100);
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> ledger.readOnly());
	}

	@AfterAll
	static void stop() {
		if (application != null) {
			application.close();
		}
		servers.close();
	}

	@Test
	void readOnlyServiceMethodReadsReplica() {
		assertThat(ledger.readOnly()).isTrue();
	}

	@Test
	void readWriteServiceMethodReadsPrimary() {
		assertThat(ledger.readWrite()).isFalse();
	}

	@Test
	void readOnlyMethodWithoutTransactionReadsPrimary() {
		assertThat(ledger.supports()).isFalse();
		assertThat(accounts.readsReplica()).isFalse();
	}

	@Test
	void inheritedRepositoryMethodReadsReplica() {
		assertThat(accounts.findById("alice")).isPresent();
	}

	@Test
	void decisionInUntouchedReadOnlyTransactionReadsPrimary() {
		assertThat(ledger.decideFirst()).isFalse();
	}

	@Test
	void decisionTakesTheWholeTransactionToThePrimary() {
		assertThat(ledger.decideFirstThenRead()).isFalse();
	}

	@Test
	void decisionAfterReplicaReadFailsLoudly() {
		assertThatExceptionOfType(WriteDecisionOnReplicaException.class).isThrownBy(() -> ledger.readThenDecide())
			.withMessageContaining("AccountRepository.decidesOnReplica")
			.withMessageContaining("replica");
	}

	@Test
	void decisionOnEntityThatWasReadFromReplicaFailsLoudly() {
		assertThatExceptionOfType(WriteDecisionOnReplicaException.class)
			.isThrownBy(() -> ledger.findThenDecide("alice"));
	}

	@Test
	void decisionWithoutTransactionReadsPrimary() {
		assertThat(accounts.decidesOnReplica()).isFalse();
	}

	@Test
	void decisionInTransactionOfItsOwnReadsPrimary() {
		assertThat(ledger.readThenDecideInOwnTransaction(ledger)).isFalse();
	}

	@Test
	void levelPrimaryReadsPrimary() {
		assertThat(ledger.onPrimary()).isFalse();
	}

	@Test
	void levelEventualReadsReplica() {
		assertThat(ledger.eventual()).isTrue();
	}

	@Test
	void nothingInsideWeakensDecision() {
		assertThat(ledger.decisionAroundWeakerRead(ledger)).isFalse();
	}

	@Test
	void annotationsAreAppliedBeforeTheTransactionBegins() {
		Advisor[] advisors = ((Advised) ledger).getAdvisors();
		assertThat(advisors).extracting(Advisor::getAdvice).hasAtLeastOneElementOfType(TransactionInterceptor.class);
		assertThat(advisors[0]).isInstanceOf(ConsistencyAdvisor.class);
	}

}
