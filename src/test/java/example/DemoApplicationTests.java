package example;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The demo, over HTTP, as two instances on the same servers.
 */
class DemoApplicationTests {

	private static final HttpClient http = HttpClient.newHttpClient();

	private static final JsonMapper json = JsonMapper.shared();

	private static DemoServers servers;

	private static final List<ConfigurableApplicationContext> instances = new ArrayList<>();

	@BeforeAll
	static void start() {
		servers = new DemoServers();
		instances.add(DemoApplication.run(servers, "--server.port=0"));
		instances.add(DemoApplication.run(servers, "--server.port=0"));
		servers.postgres().awaitReplicated();
	}

	@AfterAll
	static void stop() {
		instances.forEach(ConfigurableApplicationContext::close);
		servers.close();
	}

	private static Answer call(int instance, String method, String path, String user, String body)
			throws IOException, InterruptedException {
		String port = instances.get(instance).getEnvironment().getProperty("local.server.port");
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
			.header("Content-Type", "application/json")
			.method(method, (body != null) ? BodyPublishers.ofString(body) : BodyPublishers.noBody());
		if (user != null) {
			request.header("X-User", user);
		}
		HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
		return new Answer(response.statusCode(), response.headers().firstValue("Tidemark-Served-By").orElse(""),
				response.headers().firstValue("Tidemark-Reason").orElse(""), json.readTree(response.body()));
	}

	private static Answer get(String path, String user) throws IOException, InterruptedException {
		return call(0, "GET", path, user, null);
	}

	private static Answer post(String path, String user, String body) throws IOException, InterruptedException {
		return call(0, "POST", path, user, body);
	}

	@Test
	void writerReadsOwnPostOnAnyInstanceWhileReplicasStandStill() throws Exception {
		post("/lab/replicas/replica1/pause", null, null);
		post("/lab/replicas/replica2/pause", null, null);
		Answer written = post("/posts", "ann", "{\"body\":\"Hello\"}");
		assertThat(written.status).isEqualTo(201);
		assertThat(written.body.propertyNames()).containsExactly("id", "author", "body", "version", "createdAt");
		for (int instance = 0; instance < 2; instance++) {
			Answer own = call(instance, "GET", "/posts?author=ann", "ann", null);
			assertThat(own.body).hasSize(1);
			assertThat(own.servedBy).isEqualTo("primary");
			assertThat(own.reason).isEqualTo("recent-write");
			Answer other = call(instance, "GET", "/posts?author=ann", "ben", null);
			assertThat(other.body).isEmpty();
			assertThat(other.servedBy).startsWith("replica");
		}
		post("/lab/replicas/replica1/resume", null, null);
		post("/lab/replicas/replica2/resume", null, null);
		Awaitility.await().until(() -> get("/posts?author=ann", "ann").servedBy.startsWith("replica"));
		assertThat(get("/posts?author=ann", "ann").body).hasSize(1);
	}

	@Test
	void editNeedsTheCurrentVersion() throws Exception {
		long id = post("/posts", "cleo", "{\"body\":\"one\"}").body.get("id").asLong();
		Answer edited = call(0, "PUT", "/posts/" + id, "cleo", "{\"body\":\"two\",\"version\":0}");
		assertThat(edited.status).isEqualTo(200);
		assertThat(edited.body.get("version").asInt()).isEqualTo(1);
		assertThat(call(0, "PUT", "/posts/" + id, "cleo", "{\"body\":\"three\",\"version\":0}").status).isEqualTo(409);
		assertThat(call(0, "PUT", "/posts/999999", "cleo", "{\"body\":\"x\",\"version\":0}").status).isEqualTo(404);
	}

	@Test
	void concurrentDebitsNeverOverdraw() throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(8);
		try {
			List<Callable<Integer>> debits = new ArrayList<>();
			for (int i = 0; i < 15; i++) {
				int instance = i % 2;
				debits.add(() -> call(instance, "POST", "/accounts/bob/debit", "bob", "{\"cents\":1000}").status);
			}
			List<Integer> statuses = new ArrayList<>();
			for (Future<Integer> debit : threads.invokeAll(debits)) {
				statuses.add(debit.get());
			}
			assertThat(statuses).filteredOn((status) -> status == 200).hasSize(10);
			assertThat(statuses).filteredOn((status) -> status == 409).hasSize(5);
		}
		finally {
			threads.shutdownNow();
		}
		assertThat(get("/accounts/bob", "bob").body.get("cents").asLong()).isZero();
	}

	@Test
	void followsAndLikes() throws Exception {
		post("/follows/ann", "dora", null);
		assertThat(get("/follows", "dora").body).hasSize(1);
		call(0, "DELETE", "/follows/ann", "dora", null);
		assertThat(get("/follows", "dora").body).isEmpty();
		assertThat(post("/posts/1/likes", "dora", null).body.get("likes").asInt()).isEqualTo(1);
		Answer likes = get("/posts/1/likes", "dora");
		assertThat(likes.servedBy).startsWith("replica");
		assertThat(likes.reason).isEqualTo("eventual");
	}

	@Test
	void badInputIsExplained() throws Exception {
		assertThat(post("/posts", null, "{\"body\":\"x\"}").body.get("detail").asString()).contains("X-User");
		assertThat(post("/posts", "ann", "{\"body\":\" \"}").status).isEqualTo(400);
		assertThat(post("/posts", "ann", "{").status).isEqualTo(400);
		assertThat(post("/accounts/alice/debit", "alice", "{\"cents\":-1}").status).isEqualTo(400);
		assertThat(get("/accounts/nobody", "ann").status).isEqualTo(404);
		assertThat(post("/lab/replicas/none/pause", null, null).body.get("detail").asString()).contains("replica1");
	}

	@Test
	void replicaMayBeStoppedAndStarted() throws Exception {
		for (int i = 0; i < 2; i++) {
			assertThat(post("/lab/replicas/replica2/stop", null, null).status).isEqualTo(200);
		}
		Awaitility.await()
			.until(() -> get("/actuator/replication", null).body.toString().contains("\"state\":\"unreachable\""));
		assertThat(get("/posts", "eve").servedBy).isEqualTo("replica1");
		for (int i = 0; i < 2; i++) {
			assertThat(post("/lab/replicas/replica2/start", null, null).status).isEqualTo(200);
		}
		Awaitility.await().until(() -> get("/posts", "eve").servedBy.equals("replica2"));
	}

	private record Answer(int status, String servedBy, String reason, JsonNode body) {

	}

}
