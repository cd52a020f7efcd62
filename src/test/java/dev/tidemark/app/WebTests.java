package dev.tidemark.app;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

import dev.tidemark.UserKeyResolver;
import dev.tidemark.app.Ledger.LedgerService;
import dev.tidemark.test.PostgresReplica;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Requests, with open-in-view as Spring Boot sets it, and what Actuator shows of them.
 */
class WebTests {

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	private static String address;

	private static final HttpClient http = HttpClient.newHttpClient();

	private static final String CUT_SHORT = "cut short";

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.SERVLET, "tidemark.web.expose-routing=true",
				"tidemark.web.allow-read-from=true", "spring.jpa.open-in-view=true",
				"management.endpoints.web.exposure.include=*", "management.endpoint.health.show-details=always",
				// Asks for INFO, which the least user may not.
				"management.health.redis.enabled=false");
		address = "http://localhost:" + application.getEnvironment().getProperty("local.server.port");
		application.getBean(JdbcTemplate.class).execute("CREATE TABLE account (owner text PRIMARY KEY, cents bigint)");
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> get("/read", "nobody").body().equals("true"));
	}

	@AfterAll
	static void stop() {
		if (application != null) {
			application.close();
		}
		servers.close();
	}

	private static HttpResponse<String> get(String path, String user) throws IOException, InterruptedException {
		return http.send(HttpRequest.newBuilder(URI.create(address + path)).header("X-User", user).build(),
				HttpResponse.BodyHandlers.ofString());
	}

	@Test
	void readThenWriteThenReadInOneRequestWithOpenInView() throws Exception {
		HttpResponse<String> response = get("/read-write-read?owner=osiv", "osiv");
		assertThat(response.body()).startsWith("true,false,");
		assertThat(response.headers().firstValue("Tidemark-Served-By").orElseThrow()).contains("primary")
			.contains("replica");
	}

	@Test
	void readAfterWriteOfTheSameRequestIsFencedWithOpenInView() throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		assertThat(get("/write-read?owner=paused", "paused").body()).isEqualTo("false");
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		Awaitility.await().until(() -> get("/read", "paused").body().equals("true"));
	}

	// What a template or a stream goes on to load, and what only a header tells.
	@ParameterizedTest
	@ValueSource(strings = { "/streamed-count", "/failing-count", "/count-header" })
	void whatIsReadWhenTheUserMayBeGoneIsNotForgotten(String path) throws Exception {
		String user = "reader of " + path;
		for (String reader : new String[] { user, "somebody else" }) {
			Awaitility.await().until(() -> get("/read", reader).body().equals("true"));
		}
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
		try {
			JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
			jdbc.update("INSERT INTO account VALUES (gen_random_uuid()::text, 1)");
			String now = jdbc.queryForObject("SELECT count(*)::text FROM account", String.class);
			assertThat(get("/count", "somebody else").body()).isNotEqualTo(now);
			assertThat(count(path, user)).isIn(now, CUT_SHORT);
			assertThat(get("/count", user).body()).isEqualTo(now);
		}
		finally {
			servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		}
		Awaitility.await().until(() -> get("/read", user).body().equals("true"));
	}

	private static String count(String path, String user) throws InterruptedException {
		try {
			HttpResponse<String> response = get(path, user);
			return response.headers().firstValue("Count").orElse(response.body());
		}
		catch (IOException ex) {
			return CUT_SHORT;
		}
	}

	@Test
	void headersTellTheRoute() throws Exception {
		HttpResponse<String> response = get("/read", "headers");
		assertThat(response.body()).isEqualTo("true");
		assertThat(response.headers().firstValue("Tidemark-Served-By").orElseThrow()).startsWith("replica");
		assertThat(response.headers().firstValue("Tidemark-Reason")).hasValue("no-recent-write");
		assertThat(Long.parseLong(response.headers().firstValue("Tidemark-Staleness-Ms").orElseThrow()))
			.isNotNegative();
	}

	@Test
	void requestMayAskForThePrimary() throws Exception {
		HttpResponse<String> response = get("/read?read_from=primary", "requested");
		assertThat(response.body()).isEqualTo("false");
		assertThat(response.headers().firstValue("Tidemark-Reason")).hasValue("requested");
	}

	@Test
	void poolMetricsAreThereForEveryPool() {
		MeterRegistry registry = application.getBean(MeterRegistry.class);
		Set<String> pools = new TreeSet<>();
		registry.find("hikaricp.connections").gauges().forEach((gauge) -> pools.add(gauge.getId().getTag("pool")));
		assertThat(pools).containsExactly("primary", "replica1", "replica2");
		Set<String> sources = new TreeSet<>();
		registry.find("jdbc.connections.max").gauges().forEach((gauge) -> sources.add(gauge.getId().getTag("name")));
		assertThat(sources).contains("replica1", "replica2").hasSize(3);
	}

	@Test
	void decisionsAndMarkerOperationsAreCounted() throws Exception {
		MeterRegistry registry = application.getBean(MeterRegistry.class);
		get("/write-read?owner=counted", "counted");
		assertThat(registry.get("tidemark.routing.decisions")
			.tags("target", "primary", "reason", "read-write")
			.counter()
			.count()).isPositive();
		assertThat(registry.get("tidemark.marker.operations")
			.tags("operation", "write", "outcome", "success")
			.timer()
			.count()).isPositive();
	}

	@Test
	void lagIsRightForAKnownDelayAndGrowsForADisconnectedReplica() {
		PostgresReplica delayed = servers.postgres().replica("replica1");
		PostgresReplica cut = servers.postgres().replica("replica2");
		JdbcTemplate jdbc = application.getBean(JdbcTemplate.class);
		Awaitility.await().until(() -> lag("replica1") < 0.5 && lag("replica2") < 0.5);
		delayed.delayReplay(Duration.ofMillis(1500));
		cut.disconnectFromPrimary();
		Awaitility.await().pollInterval(Duration.ofMillis(20)).atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
			jdbc.update("INSERT INTO account VALUES (gen_random_uuid()::text, 1)");
			assertThat(lag("replica2")).isGreaterThan(3);
			// A server that is asked late, or answers late, is one that lags.
			assertThat(lag("replica1")).isCloseTo(1.5, within(0.2));
		});
		delayed.delayReplay(Duration.ZERO);
		cut.reconnectToPrimary();
		Awaitility.await().until(() -> lag("replica1") < 0.5 && lag("replica2") < 0.5);
	}

	private static double lag(String replica) {
		return application.getBean(MeterRegistry.class)
			.get("tidemark.replica.lag")
			.tag("replica", replica)
			.gauge()
			.value();
	}

	@Test
	void lostReplicaShowsButDoesNotTurnTheApplicationDown() throws Exception {
		PostgresReplica replica = servers.postgres().replica("replica2");
		replica.stop();
		try {
			Awaitility.await().until(() -> get("/actuator/replication", "x").body().contains("unreachable"));
			HttpResponse<String> health = get("/actuator/health", "x");
			assertThat(health.statusCode()).as(health.body()).isEqualTo(200);
			assertThat(health.body()).contains("unreachable").doesNotContain("DOWN");
			assertThat(get("/read", "lost").body()).isEqualTo("true");
		}
		finally {
			replica.start();
		}
		Awaitility.await().until(() -> !get("/actuator/replication", "x").body().contains("unreachable"));
		Awaitility.await().until(() -> lag("replica2") < 0.5);
	}

	@Test
	void endpointShowsServersStoreAndDecisions() throws Exception {
		String body = get("/actuator/replication", "x").body();
		assertThat(body).contains("\"primary\"", "\"replica1\"", "\"eligible\":true", "\"lagSeconds\"", "\"lagBytes\"",
				"\"timeline\":1", "\"kind\":\"redis\"", "\"decisions\"");
		assertThat(body).doesNotContain(servers.postgres().primary().password());
	}

	@Configuration(proxyBeanMethods = false)
	@Import(Ledger.class)
	static class Application {

		@Bean
		Controller controller(LedgerService ledger, JdbcTemplate jdbc, PlatformTransactionManager transactions) {
			return new Controller(ledger, jdbc, transactions);
		}

		@Bean
		UserKeyResolver userKeyResolver() {
			return () -> (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes)
					? attributes.getRequest().getHeader("X-User") : null;
		}

	}

	@RestController
	static class Controller {

		private final LedgerService ledger;

		private final JdbcTemplate jdbc;

		private final TransactionTemplate readOnly;

		Controller(LedgerService ledger, JdbcTemplate jdbc, PlatformTransactionManager transactions) {
			this.ledger = Objects.requireNonNull(ledger);
			this.jdbc = jdbc;
			this.readOnly = new TransactionTemplate(transactions);
			this.readOnly.setReadOnly(true);
		}

		@GetMapping("/read")
		String read() {
			return String.valueOf(this.ledger.readOnly());
		}

		@GetMapping("/read-write-read")
		String readWriteRead(String owner) {
			boolean first = this.ledger.readOnly();
			boolean second = this.ledger.readWrite();
			this.ledger.open(owner, 1);
			return first + "," + second + "," + this.ledger.readOnly();
		}

		@GetMapping("/streamed-count")
		void streamedCount(HttpServletResponse response) throws IOException {
			response.flushBuffer();
			response.getWriter().print(countAccounts());
		}

		@GetMapping("/failing-count")
		void failingCount(HttpServletResponse response) throws IOException {
			streamedCount(response);
			response.flushBuffer();
			throw new IllegalStateException("behind the first byte");
		}

		@GetMapping("/count-header")
		ResponseEntity<Void> countHeader() {
			return ResponseEntity.noContent().header("Count", countAccounts()).build();
		}

		@GetMapping("/count")
		String count() {
			return Objects.requireNonNull(this.readOnly.execute((status) -> countAccounts()));
		}

		private String countAccounts() {
			return Objects.requireNonNull(this.jdbc.queryForObject("SELECT count(*)::text FROM account", String.class));
		}

		@GetMapping("/write-read")
		String writeRead(String owner) {
			this.ledger.open(owner, 1);
			return String.valueOf(this.ledger.readOnly());
		}

	}

}
