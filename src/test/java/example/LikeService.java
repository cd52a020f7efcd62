package example;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ReadConsistency;

import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
class LikeService {

	private final LikeRepository likes;

	private final PostRepository posts;

	LikeService(LikeRepository likes, PostRepository posts) {
		this.likes = likes;
		this.posts = posts;
	}

	/**
	 * How many like a post. Nobody minds a number that is a moment old, so it never loads
	 * the primary; a post that has not arrived yet has no likes.
	 */
	@ReadConsistency(level = ConsistencyLevel.EVENTUAL)
	@Transactional(readOnly = true)
	public long count(long postId) {
		return this.likes.countByIdPostId(postId);
	}

	/**
	 * Like a post; liking it again changes nothing.
	 * @return how many like it now
	 */
	@Transactional
	public long like(long postId, String user) {
		if (!this.posts.existsById(postId)) {
			throw PostService.unknown(postId);
		}
		this.likes.add(postId, user);
		return this.likes.countByIdPostId(postId);
	}

}
