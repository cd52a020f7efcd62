package example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

import dev.tidemark.docker.Image;
import dev.tidemark.docker.NeedsDocker;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The dashboard and the alert rules that are shipped, on a real Prometheus that scrapes
 * the demo.
 */
@NeedsDocker(Image.PROMETHEUS)
class MonitoringIT {

	private static final Path DASHBOARD = Path.of("docs/grafana/tidemark.json");

	private static final AtomicInteger USERS = new AtomicInteger();

	private static DemoServers servers;

	private static ConfigurableApplicationContext application;

	private static DemoClient client;

	private static Prometheus prometheus;

	@BeforeAll
	static void start() {
		servers = DemoServers.start();
		application = DemoApplication.run(servers, "--server.port=0", "--tidemark.consistency.max-staleness=1s",
				"--tidemark.consistency.fence-wait=10ms");
		client = new DemoClient(application);
		prometheus = new Prometheus(application.getEnvironment().getRequiredProperty("local.server.port"));
	}

	@AfterAll
	static void stop() {
		if (prometheus != null) {
			prometheus.close();
		}
		if (application != null) {
			application.close();
		}
		if (servers != null) {
			servers.close();
		}
	}

	@BeforeEach
	void nothingFires() {
		await().until(() -> {
			read();
			return prometheus.alerts().isEmpty() && prometheus.query("tidemark_replica_eligible == 1").size() == 2
					&& !prometheus.query("rate(tidemark_routing_decisions_total[5s])").isEmpty();
		});
	}

	@AfterEach
	void makeWell() {
		client.post(null, "/lab/redis/start");
		for (String replica : List.of("replica1", "replica2")) {
			client.post(null, "/lab/replicas/" + replica + "/start");
			client.post(null, "/lab/replicas/" + replica + "/resume");
		}
	}

	@Test
	void everyExpressionOfTheDashboardHasValues() throws IOException {
		List<String> expressions = dashboardExpressions();
		assertThat(expressions).hasSizeGreaterThan(20);
		await().untilAsserted(() -> {
			useEverything();
			assertThat(expressions).allSatisfy((expression) -> {
				assertThat(prometheus.query(expression)).isNotEmpty();
				assertThat(prometheus.metrics()).containsAll(metricsIn(expression));
			});
		});
	}

	private static List<String> dashboardExpressions() throws IOException {
		JsonNode dashboard = new JsonMapper().readTree(Files.readString(DASHBOARD));
		return dashboard.findValues("expr")
			.stream()
			.map((expression) -> expression.asString()
				.replace("$job", ".*")
				.replace("$instance", ".*")
				.replace("$__rate_interval", "10s"))
			.distinct()
			.toList();
	}

	@ParameterizedTest
	@ValueSource(strings = { "job", "instance" })
	void variableOfTheDashboardHasValues(String label) throws IOException {
		assertThat(Files.readString(DASHBOARD)).contains("label_values(tidemark_replica_eligible");
		assertThat(prometheus.query("count by (" + label + ") (tidemark_replica_eligible)")
			.get(0)
			.get("metric")
			.has(label)).isTrue();
	}

	@Test
	void rulesAreEvaluatedOnMetricsThatExist() {
		JsonNode rules = prometheus.rules();
		assertThat(rules).hasSize(4);
		assertThat(rules).allSatisfy((rule) -> {
			assertThat(rule.get("health").asString()).isEqualTo("ok");
			assertThat(prometheus.metrics()).containsAll(metricsIn(rule.get("query").asString()));
		});
	}

	@Test
	void replicaThatLagsIsToldFromOneThatIsLost() {
		client.post(null, "/lab/replicas/replica1/pause");
		client.post("writer", "/posts", "{\"body\":\"not replayed\"}");
		await().untilAsserted(() -> assertThat(prometheus.alerts()).containsExactly("TidemarkReplicaLagging"));
		assertThat(firing("TidemarkReplicaLagging").get("replica").asString()).isEqualTo("replica1");
		client.post(null, "/lab/replicas/replica1/stop");
		await().untilAsserted(() -> assertThat(prometheus.alerts()).containsExactly("TidemarkReplicaLost"));
		assertThat(firing("TidemarkReplicaLost").get("replica").asString()).isEqualTo("replica1");
	}

	@Test
	void offloadThatCollapsesFires() {
		client.post(null, "/lab/replicas/replica1/pause");
		client.post(null, "/lab/replicas/replica2/pause");
		client.post("writer", "/posts", "{\"body\":\"not replayed\"}");
		await().until(() -> {
			read();
			return prometheus.alerts().contains("TidemarkOffloadCollapsed");
		});
	}

	@Test
	void markerStoreThatFailsFires() {
		client.post(null, "/lab/redis/stop");
		await().until(() -> {
			read();
			return prometheus.alerts().contains("TidemarkMarkerStoreFailing");
		});
	}

	private static JsonNode firing(String alert) {
		JsonNode result = prometheus.query("ALERTS{alertname=\"" + alert + "\",alertstate=\"firing\"}");
		assertThat(result.size()).isOne();
		return result.get(0).get("metric");
	}

	/**
	 * Makes something of each kind happen.
	 */
	private static void useEverything() {
		String user = "user" + USERS.incrementAndGet();
		client.post(null, "/lab/replicas/replica1/pause");
		client.post(null, "/lab/replicas/replica2/pause");
		client.post(user, "/posts", "{\"body\":\"to be waited for\"}");
		client.get(user, "/posts?author=" + user);
		client.post(null, "/lab/replicas/replica1/resume");
		client.post(null, "/lab/replicas/replica2/resume");
		client.getWithToken("not a token", "/posts");
		read();
	}

	private static void read() {
		for (int i = 0; i < 10; i++) {
			client.get("reader" + USERS.incrementAndGet(), "/posts?author=nobody");
		}
	}

	private static Set<String> metricsIn(String expression) {
		Set<String> names = new TreeSet<>();
		Pattern.compile("(tidemark|hikaricp)_\\w+")
			.matcher(expression)
			.results()
			.forEach((name) -> names.add(name.group()));
		return names;
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(200));
	}

}
