package dev.tidemark.app;

import dev.tidemark.ConsistencySession;
import dev.tidemark.test.PostgresReplica;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.http.HttpEntity;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sessions that go with a call to another service and come back with its answer. The two
 * share nothing but a secret. The service is called by two names, of which one is
 * trusted. The replicas are paused, so only who continues the session sees the write.
 */
class HttpClientTests {

	private static final String TRUSTED = "localhost";

	private static final String OTHER = "127.0.0.1";

	private static Servers servers;

	private static ConfigurableApplicationContext service;

	private static ConfigurableApplicationContext caller;

	private static ConsistencySession sessions;

	private static Notes notes;

	@BeforeAll
	static void start() {
		servers = new Servers();
		service = start(WebApplicationType.SERVLET);
		caller = start(WebApplicationType.NONE);
		sessions = caller.getBean(ConsistencySession.class);
		notes = caller.getBean(Notes.class);
		caller.getBean(JdbcTemplate.class).execute("CREATE TABLE note (owner text)");
	}

	private static ConfigurableApplicationContext start(WebApplicationType type) {
		return servers.start(Application.class, type, "tidemark.web.token.secret=0123456789abcdef0123456789abcdef",
				"tidemark.marker.store=memory", "tidemark.web.token.send-to=" + TRUSTED,
				"spring.jpa.open-in-view=false");
	}

	@AfterAll
	static void stop() {
		caller.close();
		service.close();
		servers.close();
	}

	@BeforeEach
	void pauseReplicasThatAreUpToDate() {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		servers.postgres().awaitReplicated();
		for (ApplicationContext application : new ApplicationContext[] { service, caller }) {
			Awaitility.await().until(() -> isServedByReplica(application));
		}
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
	}

	private static boolean isServedByReplica(ApplicationContext application) throws Exception {
		return application.getBean(ConsistencySession.class)
			.callAs("nobody", () -> application.getBean(Notes.class).read("nobody"))
			.endsWith("replica");
	}

	private static String url(String host, String owner) {
		return "http://" + host + ":" + service.getEnvironment().getProperty("local.server.port") + "/notes?owner="
				+ owner;
	}

	@ParameterizedTest
	@EnumSource
	void serviceSeesWhatItsCallerWrote(Client client) throws Exception {
		String owner = "alice-" + client;
		String read = sessions.callAs(owner, () -> {
			notes.write(owner);
			return client.call(HttpMethod.GET, url(TRUSTED, owner), new HttpHeaders());
		});
		assertThat(read).isEqualTo("1 on primary");
	}

	@ParameterizedTest
	@EnumSource
	void callerSeesWhatTheServiceWrote(Client client) throws Exception {
		String owner = "bob-" + client;
		String read = sessions.callAs(owner, () -> {
			client.call(HttpMethod.POST, url(TRUSTED, owner), new HttpHeaders());
			return notes.read(owner);
		});
		assertThat(read).isEqualTo("1 on primary");
		assertThat(sessions.callAs("nobody", () -> notes.read(owner))).isEqualTo("0 on replica");
	}

	@ParameterizedTest
	@EnumSource
	void otherHostGetsNoTokenAndGivesNone(Client client) throws Exception {
		String owner = "carol-" + client;
		String read = sessions.callAs(owner, () -> {
			notes.write(owner);
			return client.call(HttpMethod.GET, url(OTHER, owner), new HttpHeaders());
		});
		assertThat(read).isEqualTo("0 on replica");
		read = sessions.callAs("dave-" + client, () -> {
			client.call(HttpMethod.POST, url(OTHER, owner), new HttpHeaders());
			return notes.read(owner);
		});
		assertThat(read).isEqualTo("0 on replica");
	}

	@ParameterizedTest
	@EnumSource
	void headerOfTheApplicationStays(Client client) throws Exception {
		HttpHeaders headers = new HttpHeaders();
		headers.set("Tidemark-Token", "mine");
		String owner = "erin-" + client;
		String read = sessions.callAs(owner, () -> {
			notes.write(owner);
			return client.call(HttpMethod.GET, url(TRUSTED, owner), headers);
		});
		assertThat(read).isEqualTo("0 on replica");
	}

	/**
	 * What calls the service.
	 */
	enum Client {

		REST_CLIENT {

			@Override
			String call(HttpMethod method, String url, HttpHeaders headers) {
				return caller.getBean(RestClient.Builder.class)
					.build()
					.method(method)
					.uri(url)
					.headers((all) -> all.addAll(headers))
					.retrieve()
					.body(String.class);
			}

		},

		REST_TEMPLATE {

			@Override
			String call(HttpMethod method, String url, HttpHeaders headers) {
				return caller.getBean(RestTemplateBuilder.class)
					.build()
					.exchange(url, method, new HttpEntity<>(headers), String.class)
					.getBody();
			}

		},

		WEB_CLIENT {

			@Override
			String call(HttpMethod method, String url, HttpHeaders headers) {
				return caller.getBean(WebClient.Builder.class)
					.build()
					.method(method)
					.uri(url)
					.headers((all) -> all.addAll(headers))
					.retrieve()
					.bodyToMono(String.class)
					.block();
			}

		};

		abstract String call(HttpMethod method, String url, HttpHeaders headers);

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Notes notes(JdbcTemplate jdbc) {
			return new Notes(jdbc);
		}

		@Bean
		NotesController controller(Notes notes) {
			return new NotesController(notes);
		}

		@Bean
		@Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
		WebClient.Builder webClients() {
			return WebClient.builder();
		}

	}

	static class Notes {

		private final JdbcTemplate jdbc;

		Notes(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
		}

		@Transactional
		public void write(String owner) {
			this.jdbc.update("INSERT INTO note VALUES (?)", owner);
		}

		@Transactional(readOnly = true)
		public String read(String owner) {
			return this.jdbc.queryForObject("SELECT count(*), pg_is_in_recovery() FROM note WHERE owner = ?",
					(row, number) -> row.getInt(1) + " on " + (row.getBoolean(2) ? "replica" : "primary"), owner);
		}

	}

	@RestController
	static class NotesController {

		private final Notes notes;

		NotesController(Notes notes) {
			this.notes = notes;
		}

		@GetMapping("/notes")
		String read(String owner) {
			return this.notes.read(owner);
		}

		@PostMapping("/notes")
		String write(String owner) {
			this.notes.write(owner);
			return "written";
		}

	}

}
