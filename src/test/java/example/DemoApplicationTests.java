package example;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import dev.tidemark.test.PostgresReplica;
import example.DemoClient.Answer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The demo as its users see it, over HTTP, on real servers.
 */
class DemoApplicationTests {

	private static final AtomicInteger USERS = new AtomicInteger();

	// A busy machine must not make Redis look lost.
	private static final String[] ARGUMENTS = { "--server.port=0", "--tidemark.marker.timeout=2s" };

	private static DemoServers servers;

	private static ConfigurableApplicationContext application;

	private static DemoClient client;

	/**
	 * Each test has users of its own, whom no other test's writes concern.
	 */
	private final String writer = "writer" + USERS.incrementAndGet();

	private final String reader = "reader" + USERS.get();

	@BeforeAll
	static void start() {
		servers = DemoServers.start();
		application = DemoApplication.run(servers, ARGUMENTS);
		client = new DemoClient(application);
	}

	@AfterAll
	static void stop() {
		if (application != null) {
			application.close();
		}
		if (servers != null) {
			servers.close();
		}
	}

	@BeforeEach
	void makeWell() {
		client.post(null, "/lab/redis/start");
		for (String replica : List.of("replica1", "replica2")) {
			client.post(null, "/lab/replicas/" + replica + "/start");
			client.post(null, "/lab/replicas/" + replica + "/resume");
			client.post(null, "/lab/replicas/" + replica + "/delay", "{\"ms\":0}");
		}
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> eligible().equals(List.of("replica1", "replica2")));
		Awaitility.await().until(() -> client.get("nobody", "/posts").servedBy().startsWith("replica"));
	}

	private static List<String> eligible() {
		List<String> names = new ArrayList<>();
		client.get(null, "/actuator/replication").json().get("replicas").forEach((replica) -> {
			if (replica.get("eligible").asBoolean()) {
				names.add(replica.get("name").asString());
			}
		});
		return names;
	}

	private Answer write(String text) {
		return client.post(this.writer, "/posts", "{\"body\":\"" + text + "\"}");
	}

	private Answer readAs(String user) {
		return client.get(user, "/posts?author=" + this.writer);
	}

	private void lab(String replicaAction) {
		for (PostgresReplica replica : servers.postgres().replicas()) {
			assertThat(client.post(null, "/lab/replicas/" + replica.name() + replicaAction).status()).isEqualTo(200);
		}
	}

	@Test
	void startsWithSampleData() {
		assertThat(client.get(null, "/posts").body()).contains("\"alice\"", "\"bob\"");
		assertThat(client.get(null, "/accounts/bob").json().get("cents").asLong()).isEqualTo(10000);
	}

	@Test
	void writerReadsOwnPostWhileReplicasStandStillAndOthersReadReplicas() {
		lab("/pause");
		Answer written = write("hello");
		assertThat(written.status()).isEqualTo(201);
		assertThat(written.reason()).isEqualTo("read-write");
		Answer own = readAs(this.writer);
		assertThat(own.body()).contains("hello");
		assertThat(own.servedBy()).isEqualTo("primary");
		assertThat(own.reason()).isEqualTo("recent-write");
		Answer others = readAs(this.reader);
		assertThat(others.body()).isEqualTo("[]");
		assertThat(others.servedBy()).startsWith("replica");
		assertThat(others.reason()).isEqualTo("no-recent-write");
		lab("/resume");
		Answer later = Awaitility.await()
			.until(() -> readAs(this.writer), (answer) -> !"primary".equals(answer.servedBy()));
		assertThat(later.servedBy()).startsWith("replica");
		assertThat(later.reason()).isEqualTo("caught-up");
		assertThat(later.body()).contains("hello");
		assertThat(later.header("Tidemark-Staleness-Ms")).containsOnlyDigits();
	}

	@Test
	void writerReadsOwnPostThroughAnotherInstance() {
		try (ConfigurableApplicationContext other = DemoApplication.run(servers, ARGUMENTS)) {
			DemoClient otherClient = new DemoClient(other);
			Awaitility.await().until(() -> otherClient.get("nobody", "/posts").servedBy().startsWith("replica"));
			lab("/pause");
			write("hello");
			Answer own = otherClient.get(this.writer, "/posts?author=" + this.writer);
			assertThat(own.body()).contains("hello");
			assertThat(own.reason()).isEqualTo("recent-write");
		}
	}

	@Test
	void postIsAnsweredAndChangedByVersion() {
		Answer written = write("first");
		assertThat(written.json().propertyNames()).containsExactly("id", "author", "body", "version", "createdAt");
		String path = "/posts/" + written.json().get("id").asLong();
		Answer changed = client.put(this.writer, path, "{\"body\":\"second\",\"version\":0}");
		assertThat(changed.status()).isEqualTo(200);
		assertThat(changed.json().get("version").asLong()).isEqualTo(1);
		assertThat(changed.json().get("createdAt")).isEqualTo(written.json().get("createdAt"));
		Answer outdated = client.put(this.writer, path, "{\"body\":\"third\",\"version\":0}");
		assertThat(outdated.status()).isEqualTo(409);
		assertThat(outdated.json().get("detail").asString()).contains("version 1");
		assertThat(readAs(this.writer).json().get(0)).isEqualTo(changed.json());
		assertThat(client.put(this.writer, "/posts/999999", "{\"body\":\"x\",\"version\":0}").status()).isEqualTo(404);
	}

	@Test
	void onlyOneOfTwoChangesOfTheSameVersionWins() throws Exception {
		String path = "/posts/" + write("first").json().get("id").asLong();
		AtomicInteger texts = new AtomicInteger();
		assertThat(atOnce(6,
				() -> client.put(this.writer, path,
						"{\"body\":\"text " + texts.incrementAndGet() + "\",\"version\":0}")))
			.containsOnlyOnce(200)
			.containsOnly(200, 409);
	}

	@Test
	void followsAreIdempotent() {
		assertThat(client.post(this.writer, "/follows/alice").status()).isEqualTo(204);
		assertThat(client.post(this.writer, "/follows/alice").status()).isEqualTo(204);
		assertThat(client.get(this.writer, "/follows").body()).isEqualTo("[\"alice\"]");
		assertThat(client.delete(this.writer, "/follows/alice").status()).isEqualTo(204);
		assertThat(client.delete(this.writer, "/follows/alice").status()).isEqualTo(204);
		assertThat(client.get(this.writer, "/follows").body()).isEqualTo("[]");
	}

	@Test
	void likesAreCountedEventually() {
		String path = "/posts/" + write("like me").json().get("id").asLong() + "/likes";
		lab("/pause");
		assertThat(client.post(this.reader, path).json().get("likes").asLong()).isEqualTo(1);
		assertThat(client.post(this.reader, path).json().get("likes").asLong()).isEqualTo(1);
		Answer own = client.get(this.reader, path);
		assertThat(own.reason()).isEqualTo("eventual");
		assertThat(own.json().get("likes").asLong()).isZero();
		lab("/resume");
		Awaitility.await().until(() -> client.get(this.reader, path).json().get("likes").asLong() == 1);
		assertThat(client.post(this.reader, "/posts/999999/likes").status()).isEqualTo(404);
	}

	@Test
	void debitsAtOneTimeNeverOverdraw() throws Exception {
		long before = client.post("alice", "/accounts/alice/debit", "{\"cents\":1}").json().get("cents").asLong();
		long each = before / 4;
		List<Integer> statuses = atOnce(8,
				() -> client.post("alice", "/accounts/alice/debit", "{\"cents\":" + each + "}"));
		assertThat(statuses).filteredOn((status) -> status == 200).hasSize(4);
		assertThat(statuses).filteredOn((status) -> status == 409).hasSize(4);
		assertThat(client.get("alice", "/accounts/alice").json().get("cents").asLong()).isEqualTo(before - 4 * each);
		assertThat(client.get("alice", "/accounts/" + this.writer).json().get("cents").asLong()).isEqualTo(10000);
		assertThat(client.post(this.writer, "/accounts/" + this.writer + "/debit", "{\"cents\":10001}").status())
			.isEqualTo(409);
	}

	private static List<Integer> atOnce(int times, Callable<Answer> request) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(times);
		try {
			List<Integer> statuses = new ArrayList<>();
			for (Future<Answer> answer : threads.invokeAll(Collections.nCopies(times, request))) {
				statuses.add(answer.get().status());
			}
			return statuses;
		}
		finally {
			threads.shutdown();
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
			/posts                      | {}
			/posts                      | {'body':' '}
			/posts                      | {'body':'a\\u0000b'}
			/posts                      | {'body'
			/posts                      | null
			/accounts/bob/debit         | {}
			/accounts/bob/debit         | {'cents':0}
			/accounts/bob/debit         | {'cents':-1}
			/accounts/bob/debit         | {'cents':1.5}
			/accounts/bob/debit         | {'cents':99999999999999999999}
			/follows/two%20words        | {}
			/lab/replicas/replica1/delay | {'ms':-1}
			/lab/replicas/replica1/delay | {}
			""")
	void badInputIsNamed(String path, String body) {
		Answer answer = client.post("bob", path, body.replace('\'', '"'));
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
		assertThat(answer.json().get("detail").asString()).isNotBlank();
		assertThat(answer.body()).doesNotContain("Exception", "\\tat ");
	}

	@Test
	void tooLongBodyIsRefused() {
		assertThat(write("x".repeat(1000)).status()).isEqualTo(201);
		assertThat(write("x".repeat(1001)).status()).isEqualTo(400);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
			/posts              | {'body':'x'}
			/posts/1/likes      | {}
			/follows/bob        | {}
			/accounts/bob/debit | {'cents':1}
			""")
	void writeWithoutUserNamesTheHeader(String path, String body) {
		Answer answer = client.post(null, path, body.replace('\'', '"'));
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.json().get("detail").asString()).contains("X-User");
	}

	@Test
	void readsPrimaryWhileRedisIsAwayAndReplicasAfterwards() {
		assertThat(client.post(null, "/lab/redis/stop").body()).isEqualTo("{\"running\":false}");
		assertThat(client.post(null, "/lab/redis/stop").body()).isEqualTo("{\"running\":false}");
		Answer without = readAs(this.reader);
		assertThat(without.servedBy()).isEqualTo("primary");
		assertThat(without.reason()).isEqualTo("marker-unavailable");
		assertThat(client.get(null, "/actuator/health").status()).isEqualTo(200);
		assertThat(client.post(null, "/lab/redis/start").body()).isEqualTo("{\"running\":true}");
		Awaitility.await().until(() -> readAs(this.reader).servedBy().startsWith("replica"));
	}

	@Test
	void stoppedReplicaServesNobodyUntilItIsStarted() {
		for (int i = 0; i < 2; i++) {
			assertThat(client.post(null, "/lab/replicas/replica1/stop").body())
				.isEqualTo("{\"name\":\"replica1\",\"running\":false,\"paused\":false,\"delayMs\":null}");
		}
		Awaitility.await().until(() -> eligible().equals(List.of("replica2")));
		assertThat(readAs(this.reader).servedBy()).isEqualTo("replica2");
		assertThat(client.get(null, "/actuator/health").status()).isEqualTo(200);
		assertThat(client.post(null, "/lab/replicas/replica1/pause").status()).isEqualTo(409);
		for (int i = 0; i < 2; i++) {
			assertThat(client.post(null, "/lab/replicas/replica1/start").json().get("running").asBoolean()).isTrue();
		}
		Awaitility.await().until(() -> eligible().equals(List.of("replica1", "replica2")));
	}

	@Test
	void delayIsShown() {
		Answer delayed = client.post(null, "/lab/replicas/replica2/delay", "{\"ms\":1500}");
		assertThat(delayed.json().get("delayMs").asLong()).isEqualTo(1500);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/lab/replicas/replica1/explode", "/lab/redis/explode", "/lab/replicas/replica9/pause" })
	void unknownReplicaOrActionIsNotFound(String path) {
		Answer answer = client.post(null, path);
		assertThat(answer.status()).isEqualTo(404);
		assertThat(answer.json().get("detail").asString()).containsAnyOf("pause", "start", "replica1, replica2");
	}

	@Test
	void naiveReadMissesOwnPostWhileReplicasStandStill() {
		lab("/pause");
		write("hello");
		Answer naive = client.get(this.writer, "/naive/posts?author=" + this.writer);
		assertThat(naive.body()).isEqualTo("[]");
		assertThat(naive.header("Naive-Served-By")).startsWith("replica");
		assertThat(naive.servedBy()).isEmpty();
		assertThat(readAs(this.writer).body()).contains("hello");
		lab("/resume");
		servers.postgres().awaitReplicated();
		assertThat(client.get(this.writer, "/naive/posts?author=" + this.writer).json())
			.isEqualTo(readAs(this.writer).json());
	}

	@Test
	void naiveReadFailsWithItsReplica() {
		lab("/stop");
		Answer naive = client.get(this.reader, "/naive/posts");
		assertThat(naive.status()).isEqualTo(503);
		assertThat(naive.json().get("detail").asString()).startsWith(naive.header("Naive-Served-By"));
	}

	@Test
	void showsPageAndMetrics() {
		Answer page = client.get(null, "/");
		assertThat(page.status()).isEqualTo(200);
		assertThat(page.body()).contains("<title>Tidemark").doesNotContain("http://", "https://");
		assertThat(client.get(null, "/actuator/prometheus").body()).contains("tidemark_routing_decisions_total",
				"pool=\"replica1\"");
	}

}
