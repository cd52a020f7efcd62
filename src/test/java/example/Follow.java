package example;

import java.io.Serializable;

import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;

/**
 * That a user follows another.
 */
@Entity
class Follow {

	@EmbeddedId
	private Id id;

	@SuppressWarnings("NullAway.Init")
	protected Follow() {
	}

	Id id() {
		return this.id;
	}

	/**
	 * Once for each pair.
	 */
	@Embeddable
	record Id(String follower, String followee) implements Serializable {

	}

}
