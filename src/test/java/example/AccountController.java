package example;

import org.jspecify.annotations.Nullable;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/accounts/{owner}")
class AccountController {

	private final AccountService accounts;

	private final CurrentUser user;

	AccountController(AccountService accounts, CurrentUser user) {
		this.accounts = accounts;
		this.user = user;
	}

	@GetMapping
	Account.View balance(@PathVariable String owner) {
		return this.accounts.balance(Input.userName("The owner of an account", owner));
	}

	@PostMapping("/debit")
	Account.View debit(@PathVariable String owner, @RequestBody Debit debit) {
		this.user.required();
		return this.accounts.debit(Input.userName("The owner of an account", owner),
				Input.positive("cents", debit.cents));
	}

	/**
	 * How much to take.
	 */
	record Debit(@Nullable Long cents) {

	}

}
