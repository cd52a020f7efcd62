package example;

import java.time.Instant;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Version;

/**
 * What somebody has written.
 */
@Entity
class Post {

	@Id
	@GeneratedValue(strategy = GenerationType.IDENTITY)
	private Long id;

	private String author;

	private String body;

	@Version
	private long version;

	private Instant createdAt;

	protected Post() {
	}

	Post(String author, String body) {
		this.author = author;
		this.body = body;
		this.createdAt = Instant.now();
	}

	void edit(String body) {
		this.body = body;
	}

	View view() {
		return new View(this.id, this.author, this.body, this.version, this.createdAt);
	}

	/**
	 * What a client sees of a post.
	 */
	record View(long id, String author, String body, long version, Instant createdAt) {

	}

}
