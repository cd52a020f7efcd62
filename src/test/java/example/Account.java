package example;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/**
 * What somebody has.
 */
@Entity
class Account {

	@Id
	private String owner;

	private long cents;

	@SuppressWarnings("NullAway.Init")
	protected Account() {
	}

	boolean holds(long cents) {
		return this.cents >= cents;
	}

	void debit(long cents) {
		this.cents -= cents;
	}

	View view() {
		return new View(this.owner, this.cents);
	}

	/**
	 * What clients see of an account.
	 */
	record View(String user, long cents) {

	}

}
