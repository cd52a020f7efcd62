package dev.tidemark.app;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import dev.tidemark.ConsistencySession;
import dev.tidemark.ConsistencyToken;
import dev.tidemark.UserKeyResolver;
import dev.tidemark.session.SessionTokens;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sessions that go with a token: two instances that share nothing but a secret, and a
 * third one after its rotation.
 */
class TokenTests {

	private static final String SECRET = "0123456789abcdef0123456789abcdef";

	private static final String NEXT_SECRET = "fedcba9876543210fedcba9876543210";

	private static final int BURST = 20_000;

	private static final HttpClient http = HttpClient.newHttpClient();

	private static Servers servers;

	private static List<ConfigurableApplicationContext> instances;

	@BeforeAll
	static void start() {
		servers = new Servers();
		instances = List.of(start("tidemark.web.token.secret=" + SECRET),
				start("tidemark.web.token.secret=" + SECRET, "tidemark.web.token.cookie-name=__Host-tidemark"),
				start("tidemark.web.token.secret=" + NEXT_SECRET, "tidemark.web.token.previous-secrets=" + SECRET));
		instances.get(0).getBean(JdbcTemplate.class).execute("CREATE TABLE note (n int)");
	}

	private static ConfigurableApplicationContext start(String... properties) {
		return servers.start(Application.class, WebApplicationType.SERVLET,
				Stream
					.concat(Stream.of(properties), Stream.of("tidemark.marker.store=memory",
							"tidemark.web.expose-routing=true", "spring.jpa.open-in-view=false"))
					.toArray(String[]::new));
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
		for (int instance = 0; instance < instances.size(); instance++) {
			int number = instance;
			Awaitility.await().until(() -> servedBy(get(number, "/notes")).startsWith("replica"));
		}
		servers.postgres().replicas().forEach(PostgresReplica::pauseReplay);
	}

	private static HttpResponse<String> get(int instance, String path, String... headers) throws Exception {
		return send(instance, path, "GET", headers);
	}

	private static HttpResponse<String> post(String path, String... headers) throws Exception {
		return send(0, path, "POST", headers);
	}

	private static HttpResponse<String> send(int instance, String path, String method, String... headers)
			throws Exception {
		HttpRequest.Builder request = HttpRequest
			.newBuilder(URI.create("http://localhost:"
					+ instances.get(instance).getEnvironment().getProperty("local.server.port") + path))
			.method(method, HttpRequest.BodyPublishers.noBody());
		if (headers.length > 0) {
			request.headers(headers);
		}
		return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	private static String servedBy(HttpResponse<String> response) {
		return response.headers().firstValue("Tidemark-Served-By").orElse("");
	}

	private static Optional<String> token(HttpResponse<String> response) {
		return response.headers().firstValue("Tidemark-Token");
	}

	@Test
	void visitorWithoutLoginReadsTheirWriteByTheCookie() throws Exception {
		HttpResponse<String> written = post("/notes");
		String cookie = written.headers().firstValue("Set-Cookie").orElseThrow();
		assertThat(cookie).matches("tidemark=[A-Za-z0-9_-]{52}; Path=/; HttpOnly; SameSite=Lax");
		HttpResponse<String> read = get(0, "/notes", "Cookie", cookie.substring(0, cookie.indexOf(';')));
		assertThat(read.body()).isEqualTo(written.body());
		assertThat(servedBy(read)).isEqualTo("primary");
		assertThat(get(0, "/notes").body()).isNotEqualTo(written.body());
	}

	@ParameterizedTest
	@CsvSource({ "0", "1", "2" })
	void tokenGoesToOtherInstances(int instance) throws Exception {
		HttpResponse<String> written = post("/notes");
		String token = token(written).orElseThrow();
		assertThat(get(instance, "/notes", "Tidemark-Token", token).body()).isEqualTo(written.body());
		String cookie = ((instance == 1) ? "__Host-tidemark=" : "tidemark=") + token;
		assertThat(get(instance, "/notes", "Cookie", cookie).body()).isEqualTo(written.body());
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		Awaitility.await()
			.until(() -> servedBy(get(instance, "/notes", "Tidemark-Token", token)).startsWith("replica"));
		assertThat(get(instance, "/notes", "Tidemark-Token", token).body()).isEqualTo(written.body());
	}

	@Test
	void asynchronousResponseCarriesTheTokenOnce() throws Exception {
		HttpResponse<String> written = post("/notes-async");
		assertThat(written.headers().allValues("Set-Cookie")).hasSize(1);
		HttpResponse<String> read = get(1, "/notes", "Tidemark-Token", token(written).orElseThrow());
		assertThat(read.body()).isEqualTo(written.body());
		assertThat(servedBy(written)).isEqualTo("primary");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/notes-redirected", "/notes-failed", "/notes-reset" })
	void everyResponseToAWriteCarriesTheToken(String path) throws Exception {
		int before = Integer.parseInt(get(1, "/notes").body());
		String token = token(post(path)).orElseThrow();
		assertThat(get(1, "/notes", "Tidemark-Token", token).body()).isEqualTo(String.valueOf(before + 1));
	}

	@Test
	void tokenOfARequestThatFailedBelongsToItsUser() throws Exception {
		String token = token(post("/notes-failed", "X-User", "alice")).orElseThrow();
		assertThat(servedBy(get(1, "/notes", "X-User", "alice", "Tidemark-Token", token))).isEqualTo("primary");
		assertThat(servedBy(get(1, "/notes", "X-User", "bob", "Tidemark-Token", token))).startsWith("replica");
	}

	@Test
	void requestSeesWhatItsUserHasWrittenInASessionInside() throws Exception {
		int before = Integer.parseInt(get(0, "/notes").body());
		assertThat(post("/notes-inside", "X-User", "dave").body()).isEqualTo(before + "," + (before + 1));
	}

	@Test
	void readsOfAKnownVisitorCarryNoToken() throws Exception {
		String token = token(get(0, "/notes")).orElseThrow();
		HttpResponse<String> read = get(0, "/notes", "Tidemark-Token", token);
		assertThat(read.headers().firstValue("Set-Cookie")).isEmpty();
		assertThat(read.headers().firstValue("Cache-Control")).isEmpty();
		assertThat(token(read)).isEmpty();
		assertThat(token(get(0, "/nothing"))).isEmpty();
	}

	@Test
	void readOfThePrimaryChangesTheToken() throws Exception {
		String written = token(post("/notes")).orElseThrow();
		assertThat(token(get(1, "/notes", "Tidemark-Token", written))).isPresent();
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		Awaitility.await().until(() -> servedBy(get(1, "/notes", "Tidemark-Token", written)).startsWith("replica"));
		assertThat(token(get(1, "/notes", "Tidemark-Token", written))).isEmpty();
	}

	@Test
	void visitorStaysWithOneReplicaOnAllInstances() throws Exception {
		for (int visitor = 0; visitor < 10; visitor++) {
			HttpResponse<String> first = get(0, "/notes");
			for (int instance = 0; instance < 3; instance++) {
				assertThat(servedBy(get(instance, "/notes", "Tidemark-Token", token(first).orElseThrow())))
					.isEqualTo(servedBy(first));
			}
		}
	}

	// MR for a visitor who logs in, and so goes to another replica.
	@Test
	void whatAVisitorSawIsSeenAfterTheLogin() throws Exception {
		PostgresReplica fresh = servers.postgres().replicas().get(0);
		String written = post("/notes", "X-User", "somebody").body();
		fresh.resumeReplay();
		String[] token = new String[1];
		Awaitility.await().until(() -> {
			HttpResponse<String> read = get(0, "/notes");
			token[0] = token(read).orElseThrow();
			return read.body().equals(written);
		});
		for (int user = 0; user < 10; user++) {
			HttpResponse<String> read = get(1, "/notes", "X-User", "user" + user, "Tidemark-Token", token[0]);
			assertThat(read.body()).isEqualTo(written);
			String next = token(read).orElseThrow();
			assertThat(get(1, "/notes", "X-User", "user" + user, "Tidemark-Token", next).body()).isEqualTo(written);
		}
	}

	@ParameterizedTest
	@CsvSource(value = { "-|private", "no-store|no-store", "private, max-age=5|private, max-age=5",
			"public, max-age=60|max-age=60, private" }, delimiter = '|')
	void responseWithTokenIsNotForSharedCaches(String application, String sent) throws Exception {
		HttpResponse<String> written = post("/notes?cache=" + application.replace(" ", "%20"));
		assertThat(written.headers().firstValue("Cache-Control")).hasValue(sent);
	}

	@Test
	void tokenOfAnotherUserIsIgnored() throws Exception {
		String token = token(post("/notes", "X-User", "alice")).orElseThrow();
		assertThat(servedBy(get(1, "/notes", "X-User", "alice", "Tidemark-Token", token))).isEqualTo("primary");
		assertThat(servedBy(get(1, "/notes", "X-User", "bob", "Tidemark-Token", token))).startsWith("replica");
		assertThat(rejected(1, "user")).isPositive();
	}

	@Test
	void tokenFromBeforeTheLoginServesAfterIt() throws Exception {
		String token = token(post("/notes")).orElseThrow();
		assertThat(servedBy(get(1, "/notes", "X-User", "carol", "Tidemark-Token", token))).isEqualTo("primary");
	}

	@Test
	void badTokensCauseNoReadOnThePrimary() throws Exception {
		WalPosition current = instances.get(0).getBean(ReplicationMonitor.class).primaryPosition().join();
		String cluster = instances.get(0).getBean(ReplicationMonitor.class).status().primary().systemIdentifier();
		SessionTokens own = SessionTokens.under(SECRET, List.of());
		String good = token(post("/notes")).orElseThrow();
		for (String bad : List.of("x", "../../etc/passwd", good.substring(1), good + "A",
				good.substring(0, 51) + (good.endsWith("A") ? "Q" : "A"), good.toLowerCase(Locale.ROOT),
				"x".repeat(3000), SessionTokens.random(List.of()).write(current, null, 7, cluster),
				own.write(current, null, 7, "7400000000000000001"),
				own.write(new WalPosition(current.timeline(), Long.MAX_VALUE), null, 7, cluster),
				own.write(new WalPosition(Integer.MAX_VALUE, 1), null, 7, cluster))) {
			HttpResponse<String> read = get(1, "/notes", "Tidemark-Token", bad, "Cookie", "__Host-tidemark=" + bad);
			assertThat(read.statusCode()).isEqualTo(200);
			assertThat(servedBy(read)).as(bad).startsWith("replica");
		}
		assertThat(rejected(1, "malformed")).isPositive();
		assertThat(rejected(1, "signature")).isPositive();
		assertThat(rejected(1, "position")).isPositive();
	}

	@ParameterizedTest
	@ValueSource(strings = { "malformed", "signature", "position" })
	void burstOfBadTokensAsksThePrimaryNothingPerToken(String reason) throws Exception {
		servers.postgres().replicas().forEach(PostgresReplica::resumeReplay);
		WalPosition current = instances.get(1).getBean(ReplicationMonitor.class).primaryPosition().join();
		double rejectedBefore = rejected(1, reason);
		List<String> before = Files.readAllLines(servers.postgres().primary().logFile());
		AtomicInteger next = new AtomicInteger();
		ExecutorService threads = Executors.newFixedThreadPool(8);
		try {
			Callable<Void> reader = () -> {
				for (int number = next.getAndIncrement(); number < BURST; number = next.getAndIncrement()) {
					readWith(badToken(reason, current, number));
				}
				return null;
			};
			for (Future<Void> thread : threads.invokeAll(Collections.nCopies(8, reader))) {
				thread.get();
			}
		}
		finally {
			threads.shutdownNow();
		}
		assertThat(rejected(1, reason) - rejectedBefore).isEqualTo(BURST);
		List<String> after = Files.readAllLines(servers.postgres().primary().logFile());
		List<String> meanwhile = after.subList(before.size(), after.size());
		assertThat(meanwhile).noneMatch((line) -> line.contains("FROM note"));
		// The monitors' own questions, 30 a second; a statement has many lines. If each
		// token asked one, eight threads could share it at most.
		assertThat(meanwhile.stream().filter((line) -> line.contains("LOG:  execute"))).hasSizeLessThan(BURST / 10);
	}

	private static void readWith(String token) {
		ConsistencySession sessions = instances.get(1).getBean(ConsistencySession.class);
		try (ConsistencySession.Resumed session = sessions.resume(ConsistencyToken.parse(token))) {
			instances.get(1).getBean(Notes.class).read();
		}
	}

	private static String badToken(String reason, WalPosition current, int number) {
		String cluster = instances.get(1).getBean(ReplicationMonitor.class).status().primary().systemIdentifier();
		WalPosition ahead = new WalPosition(current.timeline(), Long.MAX_VALUE - 10_000L * number);
		return switch (reason) {
			case "malformed" -> number + "\r\n\0\ud800" + "=".repeat(number % 100);
			case "signature" -> SessionTokens.under(NEXT_SECRET, List.of()).write(ahead, null, 7, cluster);
			default -> SessionTokens.under(SECRET, List.of()).write(ahead, null, 7, cluster);
		};
	}

	@Test
	void goodTokenAmongManyCookiesServes() throws Exception {
		HttpResponse<String> written = post("/notes");
		String token = token(written).orElseThrow();
		String others = "a=b; tidemark-other=x; ".repeat(90);
		assertThat(get(0, "/notes", "Cookie", others + "tidemark=" + token).body()).isEqualTo(written.body());
		assertThat(get(0, "/notes", "Cookie", others + "tidemark=" + token, "Tidemark-Token", "x").body())
			.isEqualTo(written.body());
		String bad = "tidemark=x; ".repeat(100);
		assertThat(get(0, "/notes", "Cookie", bad + "tidemark=" + token).statusCode()).isEqualTo(200);
	}

	private static double rejected(int instance, String reason) {
		Counter counter = instances.get(instance)
			.getBean(MeterRegistry.class)
			.find("tidemark.token.rejected")
			.tag("reason", reason)
			.counter();
		return (counter != null) ? counter.count() : 0;
	}

	@Test
	void jobContinuesASessionOnAnotherInstance() {
		ConsistencySession here = instances.get(0).getBean(ConsistencySession.class);
		ConsistencySession there = instances.get(1).getBean(ConsistencySession.class);
		Notes notes = instances.get(1).getBean(Notes.class);
		here.runAs("dave", () -> instances.get(0).getBean(Notes.class).write());
		String[] token = new String[1];
		here.runAs("dave", () -> token[0] = here.token().toString());
		int before = notes.read();
		try (ConsistencySession.Resumed session = there.resume(ConsistencyToken.parse(token[0]))) {
			assertThat(notes.read()).isEqualTo(before + 1);
			assertThat(there.token().isEmpty()).isFalse();
		}
		assertThat(notes.read()).isEqualTo(before);
		there.runAs("erin", () -> {
			try (ConsistencySession.Resumed session = there.resume(ConsistencyToken.parse(token[0]))) {
				assertThat(notes.read()).isEqualTo(before);
			}
		});
	}

	@Test
	void tokenOfTenMegabytesIsDroppedUnread() {
		assertThat(ConsistencyToken.parse("A".repeat(10_000_000)).isEmpty()).isTrue();
		ConsistencySession sessions = instances.get(0).getBean(ConsistencySession.class);
		sessions.runAs("nobody", () -> assertThat(sessions.token().isEmpty()).isTrue());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		UserKeyResolver users() {
			return () -> (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes)
					? attributes.getRequest().getHeader("X-User") : null;
		}

		@Bean
		Notes notes(JdbcTemplate jdbc, PlatformTransactionManager transactions) {
			return new Notes(jdbc, transactions);
		}

		@Bean
		NotesController controller(Notes notes, ConsistencySession sessions) {
			return new NotesController(notes, sessions);
		}

	}

	static class Notes {

		private final JdbcTemplate jdbc;

		private final TransactionTemplate readWrite;

		private final TransactionTemplate readOnly;

		Notes(JdbcTemplate jdbc, PlatformTransactionManager transactions) {
			this.jdbc = jdbc;
			this.readWrite = new TransactionTemplate(transactions);
			this.readOnly = new TransactionTemplate(transactions);
			this.readOnly.setReadOnly(true);
		}

		int write() {
			return this.readWrite.execute((status) -> {
				this.jdbc.update("INSERT INTO note VALUES (1)");
				return count();
			});
		}

		int read() {
			return this.readOnly.execute((status) -> count());
		}

		private int count() {
			return this.jdbc.queryForObject("SELECT count(*) FROM note", Integer.class);
		}

	}

	@RestController
	static class NotesController {

		private final Notes notes;

		private final ConsistencySession sessions;

		NotesController(Notes notes, ConsistencySession sessions) {
			this.notes = notes;
			this.sessions = sessions;
		}

		@GetMapping("/notes")
		int read() {
			return this.notes.read();
		}

		@GetMapping("/nothing")
		String readNothing() {
			return "nothing";
		}

		@PostMapping("/notes-redirected")
		void redirect(HttpServletResponse response) throws IOException {
			this.notes.write();
			response.sendRedirect("/notes", HttpServletResponse.SC_SEE_OTHER);
		}

		@PostMapping("/notes-failed")
		void fail() {
			this.notes.write();
			throw new IllegalStateException("for the test");
		}

		@PostMapping("/notes-reset")
		void reset(HttpServletResponse response) throws IOException {
			this.notes.write();
			response.getWriter().print("never mind");
			response.reset();
		}

		@PostMapping("/notes-inside")
		String inside(@RequestHeader("X-User") String user) {
			int before = this.notes.read();
			this.sessions.runAs(user, this.notes::write);
			return before + "," + this.notes.read();
		}

		@PostMapping("/notes-async")
		Callable<Integer> writeLater() {
			int count = this.notes.write();
			return () -> count;
		}

		@PostMapping("/notes")
		int write(String cache, HttpServletResponse response) {
			if (cache != null && !cache.equals("-")) {
				response.setHeader("Cache-Control", cache);
			}
			return this.notes.write();
		}

	}

}
