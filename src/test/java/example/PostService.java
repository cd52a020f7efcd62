package example;

import java.util.List;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ReadConsistency;

import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.data.domain.Sort;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Posts and likes.
 */
@Service
class PostService {

	private final PostRepository posts;

	PostService(PostRepository posts) {
		this.posts = posts;
	}

	@Transactional
	Post.View write(String author, String body) {
		return this.posts.save(new Post(author, body)).view();
	}

	@Transactional(readOnly = true)
	List<Post.View> byAuthor(String author) {
		List<Post> found = (author != null) ? this.posts.findByAuthorOrderByIdDesc(author)
				: this.posts.findAll(Sort.by("id").descending());
		return found.stream().map(Post::view).toList();
	}

	/**
	 * @throws OptimisticLockingFailureException if the post is not at that version
	 */
	@Transactional
	Post.View edit(long id, String body, long version) {
		Post post = this.posts.findById(id).orElseThrow(() -> new NotFoundException("There is no post " + id));
		if (post.view().version() != version) {
			throw new OptimisticLockingFailureException(
					"The post is at version " + post.view().version() + ", not at " + version);
		}
		post.edit(body);
		return this.posts.saveAndFlush(post).view();
	}

	@ReadConsistency(level = ConsistencyLevel.EVENTUAL)
	@Transactional(readOnly = true)
	long likes(long post) {
		return this.posts.countLikes(post);
	}

	@Transactional
	long like(long post, String user) {
		if (!this.posts.existsById(post)) {
			throw new NotFoundException("There is no post " + post);
		}
		this.posts.like(post, user);
		return this.posts.countLikes(post);
	}

}
