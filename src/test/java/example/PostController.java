package example;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/posts")
class PostController {

	private final PostService posts;

	private final CurrentUser user;

	PostController(PostService posts, CurrentUser user) {
		this.posts = posts;
		this.user = user;
	}

	@GetMapping
	List<Post.View> latest(@RequestParam @Nullable String author) {
		return this.posts.latest((author != null) ? Input.userName("'author'", author) : null);
	}

	@PostMapping
	@ResponseStatus(HttpStatus.CREATED)
	Post.View write(@RequestBody Draft draft) {
		return this.posts.write(this.user.required(), Input.body(draft.body));
	}

	@PutMapping("/{id}")
	Post.View rewrite(@PathVariable long id, @RequestBody Draft draft) {
		this.user.required();
		String body = Input.body(draft.body);
		long version = Input.between("version", draft.version, 0, Long.MAX_VALUE);
		try {
			return this.posts.rewrite(id, body, version);
		}
		catch (OptimisticLockingFailureException ex) {
			throw Problem.conflict("Post " + id + " was changed at the same time: read it again");
		}
	}

	/**
	 * What a client wants a post to say.
	 */
	record Draft(@Nullable String body, @Nullable Long version) {

	}

}
