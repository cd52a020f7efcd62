package example;

import java.util.List;

import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.NativeQuery;

interface PostRepository extends JpaRepository<Post, Long> {

	List<Post> findByAuthorOrderByIdDesc(String author);

	@NativeQuery("SELECT count(*) FROM post_like WHERE post_id = ?1")
	long countLikes(long post);

	@Modifying
	@NativeQuery("INSERT INTO post_like VALUES (?1, ?2) ON CONFLICT DO NOTHING")
	void like(long post, String user);

}
