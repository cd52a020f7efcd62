package example;

import java.util.List;

import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
class FollowService {

	private final FollowRepository follows;

	FollowService(FollowRepository follows) {
		this.follows = follows;
	}

	@Transactional(readOnly = true)
	public List<String> followees(String follower) {
		return this.follows.findFollowees(follower);
	}

	@Transactional
	public void follow(String follower, String followee) {
		this.follows.add(follower, followee);
	}

	@Transactional
	public void unfollow(String follower, String followee) {
		this.follows.remove(follower, followee);
	}

}
