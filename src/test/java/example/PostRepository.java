package example;

import java.util.List;
import java.util.Optional;

import dev.tidemark.FeedsWriteDecision;

import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

interface PostRepository extends JpaRepository<Post, Long> {

	List<Post> findTop100ByOrderByIdDesc();

	List<Post> findTop100ByAuthorOrderByIdDesc(String author);

	/**
	 * Reads the version that decides whether a change is allowed.
	 */
	@FeedsWriteDecision
	@Query("from Post where id = :id")
	Optional<Post> findForChange(long id);

}
