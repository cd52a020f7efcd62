package dev.tidemark.app;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import dev.tidemark.ConsistencySession;
import dev.tidemark.test.PostgresReplica;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A replica that is taken out of rotation through the endpoint, and put back.
 */
@ExtendWith(OutputCaptureExtension.class)
class DrainTests {

	private static final HttpClient http = HttpClient.newHttpClient();

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static PostgresReplica drained;

	private static PostgresReplica other;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = start("management.endpoint.health.show-details=always");
		drained = servers.postgres().replica("replica1");
		other = servers.postgres().replica("replica2");
	}

	private static ConfigurableApplicationContext start(String property) {
		return servers.start(Application.class, WebApplicationType.SERVLET, property,
				"management.endpoints.web.exposure.include=*", "management.health.redis.enabled=false",
				"logging.level.dev.tidemark.wal=INFO");
	}

	@AfterAll
	static void stop() {
		if (application != null) {
			application.close();
		}
		servers.close();
	}

	@AfterEach
	void putBack() throws Exception {
		drained.start();
		drain("replica1", false);
		drain("replica2", false);
		Awaitility.await().until(() -> ports("anything").equals(Set.of(drained.port(), other.port())));
	}

	@Test
	void drainedReplicaServesNobodyUntilItIsPutBack() throws Exception {
		assertThat(ports("before")).containsExactlyInAnyOrder(drained.port(), other.port());
		HttpResponse<String> response = drain("replica1", true);
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).contains("\"state\":\"drained\"", "\"drained\":true", "\"eligible\":false",
				"taken out of rotation");
		awaitPorts("meanwhile", other.port());
		assertThat(Files.readString(drained.logFile())).contains("/* before */").doesNotContain("/* meanwhile */");
		drain("replica1", false);
		Awaitility.await().until(() -> ports("after").contains(drained.port()));
	}

	@Test
	void drainedReplicaShowsAndIsNotLost(CapturedOutput output) throws Exception {
		drain("replica1", true);
		drain("replica1", true);
		assertThat(gauge("tidemark.replica.eligible")).isZero();
		assertThat(gauge("tidemark.replica.up")).isOne();
		assertThat(get("/actuator/replication")).contains("\"drained\":true");
		assertThat(get("/actuator/health")).contains("\"state\":\"drained\"", "\"status\":\"UP\"")
			.doesNotContain("DOWN");
		assertThat(output).containsOnlyOnce("Replica 'replica1' was drained");
		assertThat(log(output)).allMatch((line) -> line.contains(" INFO "));
		drain("replica1", false);
		assertThat(gauge("tidemark.replica.eligible")).isOne();
	}

	@Test
	void drainedReplicaIsFollowedOn() throws Exception {
		drain("replica1", true);
		application.getBean(JdbcTemplate.class).execute("CREATE TABLE IF NOT EXISTS growing (n int)");
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> gauge("tidemark.replica.lag.bytes") == 0);
		assertThat(gauge("tidemark.replica.lag")).isLessThan(10);
	}

	@Test
	void drainedReplicaMayBeRestarted(CapturedOutput output) throws Exception {
		drain("replica1", true);
		drained.stop();
		Awaitility.await().until(() -> get("/actuator/replication").contains("unreachable"));
		assertThat(get("/actuator/replication")).contains("\"drained\":true");
		drained.start();
		Awaitility.await().until(() -> get("/actuator/replication").contains("\"state\":\"drained\""));
		awaitPorts("restarted", other.port());
		assertThat(log(output)).isNotEmpty().allMatch((line) -> line.contains(" INFO "));
	}

	@Test
	void transactionThatRunsEndsNormally() throws Exception {
		JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
		String home = userAt(drained);
		application.getBean(ConsistencySession.class).callAs(home, () -> readOnly().execute((status) -> {
			assertThat(port(jdbc, "first")).isEqualTo(drained.port());
			assertThat(drain("replica1", true).statusCode()).isEqualTo(200);
			assertThat(port(jdbc, "second")).isEqualTo(drained.port());
			return true;
		}));
		Awaitility.await().until(() -> {
			int port = portFor(home, "third");
			assertThat(port).isNotEqualTo(drained.port());
			return port == other.port();
		});
	}

	/**
	 * The primary serves while the other replica does not have what the primary has
	 * written by itself.
	 */
	private static void awaitPorts(String comment, int port) {
		Awaitility.await().until(() -> {
			Set<Integer> ports = ports(comment);
			assertThat(ports).doesNotContain(drained.port());
			return ports.equals(Set.of(port));
		});
	}

	@Test
	void primaryServesWhereAllAreDrained() throws Exception {
		drain("replica1", true);
		drain("replica2", true);
		assertThat(ports("nowhere")).containsExactly(servers.postgres().primary().port());
		assertThat(get("/actuator/health")).contains("\"status\":\"UP\"").doesNotContain("DOWN");
	}

	@Test
	void unknownReplicaIsNotFound() throws Exception {
		HttpResponse<String> response = drain("replica9", true);
		assertThat(response.statusCode()).isEqualTo(404);
		assertThat(response.body()).contains("there is no replica 'replica9'; the replicas are [replica1, replica2]");
		assertThat(drain("primary", true).statusCode()).isEqualTo(404);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "{\"drain\":\"perhaps\"}", "{\"drain\":null}" })
	void whatIsNoAnswerIsRefused(String body) throws Exception {
		assertThat(post(application, "replica1", body).statusCode()).isEqualTo(400);
		assertThat(gauge("tidemark.replica.eligible")).isOne();
	}

	@ParameterizedTest
	@ValueSource(strings = { "management.endpoint.replication.access=read-only",
			"management.endpoints.access.max-permitted=read-only" })
	void accessMayBeReadOnly(String property) throws Exception {
		try (ConfigurableApplicationContext guarded = start(property)) {
			assertThat(get(guarded, "/actuator/replication")).contains("\"drained\":false");
			assertThat(post(guarded, "replica1", "{\"drain\":true}").statusCode()).isIn(404, 405);
			assertThat(get(guarded, "/actuator/replication")).doesNotContain("\"drained\":true");
		}
	}

	private static List<String> log(CapturedOutput output) {
		return output.getAll().lines().filter((line) -> line.contains("ReplicationMonitor")).toList();
	}

	private static double gauge(String name) {
		return application.getBean(MeterRegistry.class).get(name).tag("replica", "replica1").gauge().value();
	}

	private static TransactionTemplate readOnly() {
		TransactionTemplate template = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
		template.setReadOnly(true);
		return template;
	}

	private static String userAt(PostgresReplica replica) throws Exception {
		for (int i = 0;; i++) {
			if (portFor("home" + i, "home") == replica.port()) {
				return "home" + i;
			}
		}
	}

	/**
	 * Return the ports of the servers that serve twenty users.
	 */
	private static Set<Integer> ports(String mark) throws Exception {
		Set<Integer> ports = new TreeSet<>();
		for (int i = 0; i < 20; i++) {
			ports.add(portFor("user" + i, mark));
		}
		return ports;
	}

	private static int portFor(String user, String mark) throws Exception {
		JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
		Integer port = application.getBean(ConsistencySession.class)
			.callAs(user, () -> readOnly().execute((status) -> port(jdbc, mark)));
		return (port != null) ? port : -1;
	}

	private static Integer port(JdbcTemplate jdbc, String mark) {
		return jdbc.queryForObject("SELECT /* " + mark + " */ inet_server_port()", Integer.class);
	}

	private static HttpResponse<String> drain(String replica, boolean drain) {
		try {
			return post(application, replica, "{\"drain\":" + drain + "}");
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static HttpResponse<String> post(ConfigurableApplicationContext context, String replica, String body)
			throws IOException, InterruptedException {
		return http.send(HttpRequest.newBuilder(address(context, "/actuator/replication/" + replica))
			.header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(body))
			.build(), HttpResponse.BodyHandlers.ofString());
	}

	private static String get(String path) throws IOException, InterruptedException {
		return get(application, path);
	}

	private static String get(ConfigurableApplicationContext context, String path)
			throws IOException, InterruptedException {
		return http.send(HttpRequest.newBuilder(address(context, path)).build(), HttpResponse.BodyHandlers.ofString())
			.body();
	}

	private static URI address(ConfigurableApplicationContext context, String path) {
		return URI.create("http://localhost:" + context.getEnvironment().getProperty("local.server.port") + path);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
