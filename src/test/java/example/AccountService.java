package example;

import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
class AccountService {

	private final AccountRepository accounts;

	AccountService(AccountRepository accounts) {
		this.accounts = accounts;
	}

	@Transactional(readOnly = true)
	public Account.View balance(String owner) {
		return this.accounts.findByOwner(owner).orElseThrow(() -> unknown(owner)).view();
	}

	@Transactional
	public Account.View debit(String owner, long cents) {
		Account account = this.accounts.findForDebit(owner).orElseThrow(() -> unknown(owner));
		if (!account.holds(cents)) {
			throw Problem.conflict("The account of " + owner + " does not hold " + cents + " cents");
		}
		account.debit(cents);
		return account.view();
	}

	private static RuntimeException unknown(String owner) {
		return Problem.notFound("There is no account of " + owner);
	}

}
