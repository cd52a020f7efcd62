package example;

import java.util.List;

import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface FollowRepository extends Repository<Follow, Follow.Id> {

	@Query("select f.id.followee from Follow f where f.id.follower = :follower order by f.id.followee")
	List<String> findFollowees(String follower);

	@Modifying
	@Query(nativeQuery = true,
			value = "insert into follow (follower, followee) values (:follower, :followee) on conflict do nothing")
	void add(String follower, String followee);

	@Modifying
	@Query("delete from Follow f where f.id.follower = :follower and f.id.followee = :followee")
	void remove(String follower, String followee);

}
