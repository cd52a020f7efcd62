package dev.tidemark.app;

import java.util.Optional;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.FeedsWriteDecision;
import dev.tidemark.ReadConsistency;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.data.repository.CrudRepository;
import org.springframework.data.repository.Repository;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * A JPA application whose queries say on which server they ran.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@AutoConfigurationPackage
@EnableJpaRepositories(considerNestedRepositories = true)
class Ledger {

	@Bean
	LedgerService ledgerService(AccountRepository accounts, DecidingRepository deciding) {
		return new LedgerService(accounts, deciding);
	}

	@Entity(name = "Account")
	static class Account {

		@Id
		private String owner;

		private long cents;

		protected Account() {
		}

		Account(String owner, long cents) {
			this.owner = owner;
			this.cents = cents;
		}

		long getCents() {
			return this.cents;
		}

		String getOwner() {
			return this.owner;
		}

	}

	interface AccountRepository extends CrudRepository<Account, String> {

		@Query(value = "SELECT pg_is_in_recovery()", nativeQuery = true)
		boolean readsReplica();

		@FeedsWriteDecision
		@Query(value = "SELECT pg_is_in_recovery()", nativeQuery = true)
		boolean decidesOnReplica();

	}

	/**
	 * What it finds may be in the persistence context already.
	 */
	@FeedsWriteDecision
	interface DecidingRepository extends Repository<Account, String> {

		Optional<Account> findById(String owner);

	}

	static class LedgerService {

		private final AccountRepository accounts;

		private final DecidingRepository deciding;

		LedgerService(AccountRepository accounts, DecidingRepository deciding) {
			this.accounts = accounts;
			this.deciding = deciding;
		}

		@Transactional(readOnly = true)
		public boolean readOnly() {
			return this.accounts.readsReplica();
		}

		@Transactional
		public boolean readWrite() {
			return this.accounts.readsReplica();
		}

		@Transactional
		public void open(String owner, long cents) {
			this.accounts.save(new Account(owner, cents));
		}

		@Transactional(readOnly = true)
		public boolean decideFirst() {
			return this.accounts.decidesOnReplica();
		}

		@Transactional(readOnly = true)
		public boolean decideFirstThenRead() {
			return this.accounts.decidesOnReplica() || this.accounts.readsReplica();
		}

		@Transactional(readOnly = true)
		public boolean readThenDecide() {
			return this.accounts.readsReplica() && this.accounts.decidesOnReplica();
		}

		@Transactional(readOnly = true)
		public Optional<Account> findThenDecide(String owner) {
			return this.accounts.findById(owner).flatMap((account) -> this.deciding.findById(owner));
		}

		@ReadConsistency(level = ConsistencyLevel.PRIMARY)
		@Transactional(readOnly = true)
		public boolean onPrimary() {
			return this.accounts.readsReplica();
		}

		@FeedsWriteDecision
		@Transactional(readOnly = true)
		public boolean decisionAroundWeakerRead(LedgerService inner) {
			return inner.eventual();
		}

		@ReadConsistency(level = ConsistencyLevel.EVENTUAL)
		@Transactional(readOnly = true)
		public boolean eventual() {
			return this.accounts.readsReplica();
		}

		@Transactional(readOnly = true)
		public boolean readThenDecideInOwnTransaction(LedgerService inner) {
			return this.accounts.readsReplica() && inner.decideInOwnTransaction();
		}

		@FeedsWriteDecision
		@Transactional(propagation = Propagation.REQUIRES_NEW, readOnly = true)
		public boolean decideInOwnTransaction() {
			return this.accounts.readsReplica();
		}

		@Transactional(propagation = Propagation.SUPPORTS, readOnly = true)
		public boolean supports() {
			return this.accounts.readsReplica();
		}

	}

}
