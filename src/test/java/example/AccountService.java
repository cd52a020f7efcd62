package example;

import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Accounts: everybody has one, with the same amount to begin with.
 */
@Service
class AccountService {

	private static final long OPENING_CENTS = 10000;

	private final AccountRepository accounts;

	AccountService(AccountRepository accounts) {
		this.accounts = accounts;
	}

	@Transactional(readOnly = true)
	public Account.View balance(String owner) {
		return this.accounts.findByOwner(owner).map(Account::view).orElse(new Account.View(owner, OPENING_CENTS));
	}

	@Transactional
	public Account.View debit(String owner, long cents) {
		this.accounts.openIfAbsent(owner, OPENING_CENTS);
		Account account = this.accounts.findForDebit(owner).orElseThrow();
		if (!account.holds(cents)) {
			throw Problem.conflict("The account of " + owner + " does not hold " + cents + " cents");
		}
		account.debit(cents);
		return account.view();
	}

}
