package example;

import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface LikeRepository extends Repository<Like, Like.Id> {

	long countByIdPostId(long postId);

	@Modifying
	@Query(nativeQuery = true,
			value = "insert into post_like (post_id, user_name) values (:postId, :user) on conflict do nothing")
	void add(long postId, String user);

}
