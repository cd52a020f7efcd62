package example;

import java.util.Optional;

import dev.tidemark.FeedsWriteDecision;
import jakarta.persistence.LockModeType;

import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface AccountRepository extends Repository<Account, String> {

	Optional<Account> findById(String owner);

	/**
	 * The balance decides the debit: it is read on the primary, and nobody else changes
	 * it until the transaction ends.
	 */
	@FeedsWriteDecision
	@Lock(LockModeType.PESSIMISTIC_WRITE)
	@Query("SELECT a FROM Account a WHERE a.owner = :owner")
	Optional<Account> findForDebit(String owner);

}
