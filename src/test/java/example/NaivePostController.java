package example;

import java.util.List;

import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code GET /posts} without Tidemark.
 */
@RestController
@RequestMapping("/naive/posts")
class NaivePostController {

	private final NaiveReads reads;

	NaivePostController(NaiveReads reads) {
		this.reads = reads;
	}

	@GetMapping
	List<Post.View> latest(@RequestParam @Nullable String author, HttpServletResponse response) {
		String replica = this.reads.anyReplica();
		response.setHeader("Naive-Served-By", replica);
		try {
			return this.reads.latest(replica, (author != null) ? Input.userName("'author'", author) : null);
		}
		catch (DataAccessException ex) {
			throw Problem.unavailable(replica + " does not answer, and no other server is asked");
		}
	}

}
