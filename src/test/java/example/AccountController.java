package example;

import org.springframework.http.HttpStatus;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

@RestController
class AccountController {

	private final AccountRepository accounts;

	AccountController(AccountRepository accounts) {
		this.accounts = accounts;
	}

	@GetMapping("/accounts/{owner}")
	@Transactional(readOnly = true)
	public Account.View read(@PathVariable String owner) {
		return this.accounts.findById(owner).orElseThrow(() -> unknown(owner)).view();
	}

	@PostMapping("/accounts/{owner}/debit")
	@Transactional
	public Account.View debit(@PathVariable String owner, @RequestBody Debit debit) {
		if (debit.cents <= 0) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "'cents' must be greater than zero");
		}
		Account account = this.accounts.findForDebit(owner).orElseThrow(() -> unknown(owner));
		if (!account.covers(debit.cents)) {
			throw new ResponseStatusException(HttpStatus.CONFLICT, "The balance does not suffice");
		}
		account.debit(debit.cents);
		return account.view();
	}

	private static NotFoundException unknown(String owner) {
		return new NotFoundException("There is no account of " + owner);
	}

	record Debit(long cents) {

	}

}
