package example;

import java.io.Serializable;

import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;

/**
 * That a user likes a post.
 */
@Entity
@Table(name = "post_like")
class Like {

	@EmbeddedId
	private Id id;

	@SuppressWarnings("NullAway.Init")
	protected Like() {
	}

	Id id() {
		return this.id;
	}

	/**
	 * Once for each post and user.
	 */
	@Embeddable
	record Id(long postId, String userName) implements Serializable {

	}

}
