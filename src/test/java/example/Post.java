package example;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Version;
import org.jspecify.annotations.Nullable;

/**
 * What somebody has to say.
 */
@Entity
class Post {

	@Id
	@GeneratedValue(strategy = GenerationType.IDENTITY)
	private @Nullable Long id;

	private String author;

	private String body;

	@Version
	private long version;

	private Instant createdAt;

	@SuppressWarnings("NullAway.Init")
	protected Post() {
	}

	Post(String author, String body) {
		this.author = author;
		this.body = body;
		this.createdAt = Instant.now().truncatedTo(ChronoUnit.MICROS);
	}

	long version() {
		return this.version;
	}

	void rewrite(String body) {
		this.body = body;
	}

	View view() {
		return new View(this.id, this.author, this.body, this.version, this.createdAt);
	}

	/**
	 * What clients see of a post.
	 */
	record View(@Nullable Long id, String author, String body, long version, Instant createdAt) {

	}

}
