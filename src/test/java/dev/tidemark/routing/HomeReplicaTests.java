package dev.tidemark.routing;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link HomeReplica}.
 */
class HomeReplicaTests {

	private static final int USERS = 20_000;

	private final HomeReplica homes = new HomeReplica(Map.of("a", 1, "b", 1, "c", 2));

	private List<String> order(String user, String... replicas) {
		return this.homes.order(List.of(replicas), user);
	}

	private static Stream<String> users() {
		return IntStream.range(0, USERS).mapToObj((number) -> "user" + number);
	}

	@Test
	void orderDependsOnUserAndNamesOnly() {
		assertThat(order("alice", "a", "b", "c")).isEqualTo(order("alice", "c", "b", "a"))
			.isEqualTo(order("alice", "b", "a", "c"));
	}

	@Test
	void usersAreSharedByWeight() {
		Map<String, Long> shares = users()
			.collect(Collectors.groupingBy((user) -> order(user, "a", "b", "c").get(0), Collectors.counting()));
		assertThat(shares.get("a")).isCloseTo(USERS / 4L, within(USERS / 50L));
		assertThat(shares.get("b")).isCloseTo(USERS / 4L, within(USERS / 50L));
		assertThat(shares.get("c")).isCloseTo(USERS / 2L, within(USERS / 50L));
	}

	@Test
	void lossOfAReplicaMovesItsOwnUsersOnly() {
		Map<String, String> before = users()
			.collect(Collectors.toMap(Function.identity(), (user) -> order(user, "a", "b", "c").get(0)));
		assertThat(users().filter((user) -> !"b".equals(before.get(user))))
			.allMatch((user) -> order(user, "a", "c").get(0).equals(before.get(user)));
	}

}
