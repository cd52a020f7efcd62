package dev.tidemark.app;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicLong;

import dev.tidemark.UserKeyResolver;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How often, and when, a request asks Redis for a marker: counted by Redis.
 */
class MarkerQuestionsTests {

	private static final HttpClient http = HttpClient.newHttpClient();

	private static Servers servers;

	private static ConfigurableApplicationContext application;

	@BeforeAll
	static void start() {
		servers = new Servers();
		application = servers.start(Application.class, WebApplicationType.SERVLET, "spring.jpa.open-in-view=false");
		application.getBean(JdbcTemplate.class).execute("CREATE TABLE note (n int)");
		servers.postgres().awaitReplicated();
		Awaitility.await().until(() -> send("GET", "/server").endsWith("true"));
	}

	@AfterAll
	static void stop() {
		application.close();
		servers.close();
	}

	private static String send(String method, String path) throws Exception {
		HttpRequest request = HttpRequest
			.newBuilder(URI
				.create("http://localhost:" + application.getEnvironment().getProperty("local.server.port") + path))
			.method(method, HttpRequest.BodyPublishers.noBody())
			.build();
		HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).isEqualTo(200);
		return response.body();
	}

	@ParameterizedTest
	@CsvSource({ "GET, /three, 1", "HEAD, /three, 1", "POST, /write, 1", "GET, /nothing, 1", "POST, /nothing, 0" })
	void requestNeedsOneCommand(String method, String path, int expected) throws Exception {
		long before = servers.redisScripts();
		send(method, path);
		assertThat(servers.redisScripts() - before).isEqualTo(expected);
	}

	// The controller does not go on before Redis has seen the question.
	@Test
	void markerIsAskedForBeforeTheControllerReads() throws Exception {
		application.getBean(Controller.class).before.set(servers.redisScripts());
		assertThat(send("GET", "/late")).isEqualTo("asked before");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		UserKeyResolver users() {
			return () -> "alice";
		}

		@Bean
		Controller controller(JdbcTemplate jdbc, PlatformTransactionManager transactions) {
			return new Controller(jdbc, transactions);
		}

	}

	@RestController
	static class Controller {

		private final JdbcTemplate jdbc;

		private final TransactionTemplate readWrite;

		private final TransactionTemplate readOnly;

		private final AtomicLong before = new AtomicLong();

		Controller(JdbcTemplate jdbc, PlatformTransactionManager transactions) {
			this.jdbc = jdbc;
			this.readWrite = new TransactionTemplate(transactions);
			this.readOnly = new TransactionTemplate(transactions);
			this.readOnly.setReadOnly(true);
		}

		@GetMapping("/nothing")
		String readNothing() {
			return "nothing";
		}

		@PostMapping("/nothing")
		String writeNothing() {
			return "nothing";
		}

		@GetMapping("/server")
		String server() {
			return this.readOnly
				.execute((status) -> "" + this.jdbc.queryForObject("SELECT pg_is_in_recovery()", Boolean.class));
		}

		@GetMapping("/three")
		String readThreeTimes() {
			return server() + server() + server();
		}

		@PostMapping("/write")
		String write() {
			this.readWrite.executeWithoutResult((status) -> this.jdbc.update("INSERT INTO note VALUES (1)"));
			return "written";
		}

		@GetMapping("/late")
		String readLate() {
			Awaitility.await().until(() -> servers.redisScripts() > this.before.get());
			long asked = servers.redisScripts();
			server();
			return (servers.redisScripts() == asked) ? "asked before" : "asked late";
		}

	}

}
