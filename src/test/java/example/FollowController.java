package example;

import java.util.List;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * Whom the current user follows. Following twice and not following at all are fine.
 */
@RestController
@RequestMapping("/follows")
class FollowController {

	private final FollowService follows;

	private final CurrentUser user;

	FollowController(FollowService follows, CurrentUser user) {
		this.follows = follows;
		this.user = user;
	}

	@GetMapping
	List<String> followees() {
		return this.follows.followees(this.user.required());
	}

	@PostMapping("/{followee}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void follow(@PathVariable String followee) {
		this.follows.follow(this.user.required(), Input.userName("Whom you follow", followee));
	}

	@DeleteMapping("/{followee}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void unfollow(@PathVariable String followee) {
		this.follows.unfollow(this.user.required(), Input.userName("Whom you follow", followee));
	}

}
