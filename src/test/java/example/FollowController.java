package example;

import java.util.List;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/**
 * Who follows whom, on plain JDBC: no JPA is needed for anything.
 */
@RestController
class FollowController {

	private final JdbcClient jdbc;

	FollowController(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	@PostMapping("/follows/{followed}")
	@Transactional
	public List<String> follow(@RequestHeader(DemoApplication.USER_HEADER) String user, @PathVariable String followed) {
		this.jdbc.sql("INSERT INTO follow VALUES (?, ?) ON CONFLICT DO NOTHING").params(user, followed).update();
		return followed(user);
	}

	@DeleteMapping("/follows/{followed}")
	@Transactional
	public List<String> unfollow(@RequestHeader(DemoApplication.USER_HEADER) String user,
			@PathVariable String followed) {
		this.jdbc.sql("DELETE FROM follow WHERE follower = ? AND followed = ?").params(user, followed).update();
		return followed(user);
	}

	@GetMapping("/follows")
	@Transactional(readOnly = true)
	public List<String> follows(@RequestHeader(DemoApplication.USER_HEADER) String user) {
		return followed(user);
	}

	private List<String> followed(String user) {
		return this.jdbc.sql("SELECT followed FROM follow WHERE follower = ? ORDER BY followed")
			.param(user)
			.query(String.class)
			.list();
	}

}
