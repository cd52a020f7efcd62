package dev.tidemark.app;

import java.util.List;
import java.util.function.Function;

import dev.tidemark.ConsistencyKey;
import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ConsistencySession;
import dev.tidemark.ReadConsistency;
import dev.tidemark.aop.InvalidConsistencyAnnotationException;
import dev.tidemark.test.PostgresReplica;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What alice writes about a post, bob reads who names it: on another instance, with every
 * replica paused.
 */
class ConsistencyKeyTests {

	private static Servers servers;

	private static List<ConfigurableApplicationContext> instances;

	@BeforeAll
	static void start() {
		servers = new Servers();
		instances = List.of(servers.start(Application.class, WebApplicationType.NONE),
				servers.start(Application.class, WebApplicationType.NONE));
		instances.get(0)
			.getBean(JdbcTemplate.class)
			.execute("CREATE TABLE post (id int GENERATED ALWAYS AS IDENTITY, body text)");
	}

	@AfterAll
	static void stop() {
		instances.forEach(ConfigurableApplicationContext::close);
		servers.close();
	}

	@BeforeEach
	void pauseReplicasThatAreUpToDate() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> number("anybody", 1, Posts::countOnReplica) >= 0);
		Awaitility.await().until(() -> number("bob", 1, Posts::countOnReplica) >= 0);
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
	}

	@SuppressWarnings("NullAway")
	private static Object as(String user, int instance, Function<Posts, @Nullable Object> use) throws Exception {
		ConfigurableApplicationContext context = instances.get(instance);
		return context.getBean(ConsistencySession.class).callAs(user, () -> use.apply(context.getBean(Posts.class)));
	}

	private static int number(String user, int instance, Function<Posts, @Nullable Object> use) throws Exception {
		return (Integer) as(user, instance, use);
	}

	@Test
	void bobSeesAlicesNewPostByItsId() throws Exception {
		int id = number("alice", 0, (posts) -> posts.create("first"));
		assertThat(as("bob", 1, (posts) -> posts.find(id))).isEqualTo("first");
		assertThat(as("carol", 1, (posts) -> posts.findWithoutKey(id))).isNull();
		assertThat(number("carol", 1, Posts::countOnReplica)).isNotNegative();
	}

	@Test
	void keyOfAParameterNamesTheWrite() throws Exception {
		int id = number("alice", 0, (posts) -> posts.create("first"));
		as("carol", 0, (posts) -> posts.change(id, "second"));
		assertThat(as("bob", 1, (posts) -> posts.find(id))).isEqualTo("second");
	}

	@Test
	void keyThatAParameterHasOnlyAfterwardsNamesTheWrite() throws Exception {
		Post post = new Post("filled in");
		as("alice", 0, (posts) -> posts.save(post));
		assertThat(as("bob", 1, (posts) -> posts.find(post.id))).isEqualTo("filled in");
	}

	// The method returns long before the commit.
	@Test
	void keyHoldsUntilTheTransactionAroundItCommits() throws Exception {
		ConfigurableApplicationContext context = instances.get(0);
		int[] ids = new int[2];
		as("alice", 0, (posts) -> {
			ids[0] = posts.create("before");
			new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
				.executeWithoutResult((status) -> {
					posts.change(ids[0], "inside");
					posts.inATransactionOfItsOwn();
					ids[1] = posts.create("also inside");
				});
			return 0;
		});
		assertThat(as("bob", 1, (posts) -> posts.find(ids[0]))).isEqualTo("inside");
		assertThat(as("bob", 1, (posts) -> posts.find(ids[1]))).isEqualTo("also inside");
	}

	@Test
	void javaApiNamesReadsAndWrites() throws Exception {
		ConsistencySession here = instances.get(0).getBean(ConsistencySession.class);
		ConsistencySession there = instances.get(1).getBean(ConsistencySession.class);
		int[] before = { number("bob", 1, Posts::count) };
		here.runAs("alice", () -> {
			try (ConsistencySession.Named about = here.about("feed", "wall")) {
				instances.get(0).getBean(Posts.class).create("named");
			}
		});
		there.runAs("bob", () -> {
			try (ConsistencySession.Named about = there.about("wall")) {
				assertThat(instances.get(1).getBean(Posts.class).count()).isGreaterThan(before[0]);
			}
		});
		assertThat(as("anybody", 1, Posts::countOnReplica)).isEqualTo(before[0]);
	}

	@Test
	void keysAreReadWithTheUsersMarkerByOneCommand() throws Exception {
		int id = number("alice", 0, (posts) -> posts.create("counted"));
		long before = servers.redisScripts();
		as("bob", 1, (posts) -> posts.compare(id, id + 1));
		assertThat(servers.redisScripts()).isEqualTo(before + 1);
	}

	@Test
	void expressionThatFailsFailsTheCallBeforeIt() throws Exception {
		assertThatIllegalStateException().isThrownBy(() -> as("alice", 0, (posts) -> posts.save(null)))
			.withMessageContaining("@ConsistencyKey(\"post:#{#post.id}\") on Posts.save can't be evaluated");
	}

	@Test
	void expressionThatFailsAfterwardsFailsNothing() throws Exception {
		int before = number("alice", 0, Posts::count);
		assertThat(as("alice", 0, (posts) -> posts.createWithoutResult("stands"))).isNull();
		assertThat(as("alice", 0, Posts::count)).isEqualTo(before + 1);
	}

	@ParameterizedTest
	@ValueSource(classes = { UnknownParameter.class, NoTemplate.class, Empty.class, PrivateMethod.class })
	void keyThatMakesNoSenseFailsTheStart(Class<?> application) {
		assertThatExceptionOfType(Exception.class)
			.isThrownBy(() -> servers.start(application, WebApplicationType.NONE).close())
			.havingRootCause()
			.isInstanceOf(InvalidConsistencyAnnotationException.class)
			.withMessageContaining(application.getSimpleName());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Posts posts(JdbcTemplate jdbc) {
			return new Posts(jdbc);
		}

	}

	static class Post {

		private final String body;

		private @Nullable Integer id;

		Post(String body) {
			this.body = body;
		}

		public @Nullable Integer getId() {
			return this.id;
		}

	}

	static class Posts {

		private final JdbcTemplate jdbc;

		Posts(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
		}

		@Transactional
		@ConsistencyKey("post:#{#result}")
		public int create(String body) {
			return insert(body);
		}

		@Transactional
		@ConsistencyKey("post:#{#result.id}")
		public @Nullable Post createWithoutResult(String body) {
			insert(body);
			return null;
		}

		@Transactional
		@ConsistencyKey("post:#{#post.id}")
		public int save(@Nullable Post post) {
			post.id = insert(post.body);
			return post.id;
		}

		private int insert(String body) {
			return this.jdbc.queryForObject("INSERT INTO post (body) VALUES (?) RETURNING id", Integer.class, body);
		}

		@Transactional
		@ConsistencyKey("post:#{#id}")
		public int change(int id, String body) {
			return this.jdbc.update("UPDATE post SET body = ? WHERE id = ?", body, id);
		}

		@Transactional(readOnly = true)
		@ConsistencyKey("post:#{#p0}")
		public @Nullable String find(int id) {
			return this.jdbc.queryForList("SELECT body FROM post WHERE id = ?", String.class, id)
				.stream()
				.findFirst()
				.orElse(null);
		}

		@Transactional(readOnly = true)
		public @Nullable String findWithoutKey(int id) {
			return find(id);
		}

		@Transactional(readOnly = true)
		@ReadConsistency(level = ConsistencyLevel.READ_YOUR_WRITES)
		@ConsistencyKey({ "post:#{#first}", "post:#{#second}" })
		public int compare(int first, int second) {
			return count();
		}

		@Transactional(readOnly = true)
		public int count() {
			return this.jdbc.queryForObject("SELECT count(*) FROM post", Integer.class);
		}

		@Transactional(readOnly = true)
		public int countOnReplica() {
			return this.jdbc.queryForObject("SELECT CASE WHEN pg_is_in_recovery() THEN count(*) ELSE -1 END FROM post",
					Integer.class);
		}

		@Transactional(propagation = Propagation.REQUIRES_NEW)
		public void inATransactionOfItsOwn() {
			this.jdbc.update("UPDATE post SET body = body WHERE false");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class UnknownParameter {

		@ConsistencyKey("post:#{#nothing}")
		public void read(int id) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class NoTemplate {

		@ConsistencyKey("post:#{#id")
		public void read(int id) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Empty {

		@ConsistencyKey(" ")
		public void read(int id) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class PrivateMethod {

		@ConsistencyKey("post:#{#id}")
		private void read(int id) {
		}

	}

}
