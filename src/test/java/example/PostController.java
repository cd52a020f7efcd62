package example;

import java.util.List;

import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

@RestController
class PostController {

	private static final int LONGEST_BODY = 1000;

	private final PostService posts;

	PostController(PostService posts) {
		this.posts = posts;
	}

	@PostMapping("/posts")
	@ResponseStatus(HttpStatus.CREATED)
	Post.View write(@RequestHeader(DemoApplication.USER_HEADER) String user, @RequestBody NewPost post) {
		return this.posts.write(user, checked(post.body));
	}

	@GetMapping("/posts")
	List<Post.View> read(@RequestParam(required = false) String author) {
		return this.posts.byAuthor(author);
	}

	@PutMapping("/posts/{id}")
	Post.View edit(@PathVariable long id, @RequestHeader(DemoApplication.USER_HEADER) String user,
			@RequestBody EditedPost post) {
		if (post.version == null) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "'version' is missing");
		}
		return this.posts.edit(id, checked(post.body), post.version);
	}

	@GetMapping("/posts/{id}/likes")
	Likes likes(@PathVariable long id) {
		return new Likes(id, this.posts.likes(id));
	}

	@PostMapping("/posts/{id}/likes")
	Likes like(@PathVariable long id, @RequestHeader(DemoApplication.USER_HEADER) String user) {
		return new Likes(id, this.posts.like(id, user));
	}

	private static String checked(String body) {
		if (!StringUtils.hasText(body) || body.length() > LONGEST_BODY) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST,
					"'body' must be a text of 1 to " + LONGEST_BODY + " characters");
		}
		return body;
	}

	@ExceptionHandler
	ProblemDetail conflict(OptimisticLockingFailureException ex) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.CONFLICT, ex.getMessage());
	}

	record NewPost(String body) {

	}

	record EditedPost(String body, Long version) {

	}

	record Likes(long post, long likes) {

	}

}
