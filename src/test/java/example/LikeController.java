package example;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/posts/{id}/likes")
class LikeController {

	private final LikeService likes;

	private final CurrentUser user;

	LikeController(LikeService likes, CurrentUser user) {
		this.likes = likes;
		this.user = user;
	}

	@GetMapping
	Likes count(@PathVariable long id) {
		return new Likes(id, this.likes.count(id));
	}

	@PostMapping
	Likes like(@PathVariable long id) {
		return new Likes(id, this.likes.like(id, this.user.required()));
	}

	/**
	 * How many like a post.
	 */
	record Likes(long postId, long likes) {

	}

}
