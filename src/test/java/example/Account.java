package example;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/**
 * How much somebody has.
 */
@Entity
class Account {

	@Id
	private String owner;

	private long cents;

	protected Account() {
	}

	boolean covers(long amount) {
		return this.cents >= amount;
	}

	void debit(long amount) {
		this.cents -= amount;
	}

	View view() {
		return new View(this.owner, this.cents);
	}

	/**
	 * What a client sees of an account.
	 */
	record View(String owner, long cents) {

	}

}
