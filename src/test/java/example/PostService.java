package example;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
class PostService {

	private final PostRepository posts;

	PostService(PostRepository posts) {
		this.posts = posts;
	}

	/**
	 * The latest hundred posts of an author or of all, the newest first.
	 */
	@Transactional(readOnly = true)
	public List<Post.View> latest(@Nullable String author) {
		List<Post> latest = (author != null) ? this.posts.findTop100ByAuthorOrderByIdDesc(author)
				: this.posts.findTop100ByOrderByIdDesc();
		return latest.stream().map(Post::view).toList();
	}

	@Transactional
	public Post.View write(String author, String body) {
		return this.posts.saveAndFlush(new Post(author, body)).view();
	}

	/**
	 * Replace the body of a post that nobody has changed since the client read it.
	 */
	@Transactional
	public Post.View rewrite(long id, String body, long version) {
		Post post = this.posts.findForChange(id).orElseThrow(() -> unknown(id));
		if (post.version() != version) {
			throw Problem.conflict(
					"Post " + id + " has version " + post.version() + " by now, not " + version + ": read it again");
		}
		post.rewrite(body);
		return this.posts.saveAndFlush(post).view();
	}

	static RuntimeException unknown(long id) {
		return Problem.notFound("There is no post " + id);
	}

}
