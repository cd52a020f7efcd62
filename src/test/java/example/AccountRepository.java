package example;

import java.util.Optional;

import dev.tidemark.FeedsWriteDecision;
import jakarta.persistence.LockModeType;

import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface AccountRepository extends Repository<Account, String> {

	Optional<Account> findByOwner(String owner);

	@Modifying
	@NativeQuery("insert into account (owner, cents) values (?1, ?2) on conflict do nothing")
	void openIfAbsent(String owner, long cents);

	/**
	 * Reads the balance that decides a debit: from the primary, and locked, so that two
	 * debits at a time cannot both find it sufficient.
	 */
	@FeedsWriteDecision
	@Lock(LockModeType.PESSIMISTIC_WRITE)
	@Query("from Account where owner = :owner")
	Optional<Account> findForDebit(String owner);

}
