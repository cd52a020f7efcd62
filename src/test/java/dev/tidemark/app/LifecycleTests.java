package dev.tidemark.app;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ConsistencySession;
import dev.tidemark.ReadConsistency;
import dev.tidemark.ReadConsistencyUnavailableException;
import dev.tidemark.UserKeyResolver;
import dev.tidemark.routing.Decision;
import dev.tidemark.routing.Reason;
import dev.tidemark.routing.RoutingListener;
import dev.tidemark.test.PostgresServer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Start with servers that are down, and the end while transactions run. The pool of the
 * primary waits for ten minutes here, so whatever waits for it fails by the time limit.
 */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ExtendWith(OutputCaptureExtension.class)
class LifecycleTests {

	private static Servers servers;

	@BeforeAll
	static void start() throws SQLException {
		servers = new Servers();
		execute(servers.postgres().primary(), "CREATE TABLE note (owner text)");
	}

	@AfterAll
	static void stop() {
		servers.close();
	}

	@AfterEach
	void repair() {
		all().forEach(LifecycleTests::bringBack);
		servers.postgres().awaitReplicated();
	}

	@ParameterizedTest
	@ValueSource(strings = { "stopped", "frozen" })
	void primaryThatIsAwayAtTheStartCostsNoReadATimeOut(String how) throws Exception {
		takeThePrimaryAway(how);
		try (ConfigurableApplicationContext context = run(WebApplicationType.NONE, "tidemark.marker.ttl=10m",
				"tidemark.consistency.max-staleness=5m")) {
			Notes notes = context.getBean(Notes.class);
			assertThat(notes.eventual()).startsWith("replica");
			assertThat(notes.bounded()).startsWith("replica");
			assertThat(notes.read()).startsWith("replica");
			assertThat(as(context, "alice", notes::eventual)).startsWith("replica");
			assertThatExceptionOfType(ReadConsistencyUnavailableException.class)
				.isThrownBy(() -> as(context, "alice", notes::read))
				.withMessageContaining("level SESSION")
				.withMessageContaining("marker-unavailable; replica1 is replicating and at most ")
				.satisfies((ex) -> assertThat(ex.getLevel()).isEqualTo(ConsistencyLevel.SESSION))
				.satisfies((ex) -> assertThat(ex.getReason()).isEqualTo("marker-unavailable"));

			bringBack(servers.postgres().primary());
			Awaitility.await().ignoreExceptions().until(() -> as(context, "alice", notes::read).startsWith("replica"));
			long before = notes.count("alice");
			as(context, "alice", () -> notes.write("alice"));
			assertThat(as(context, "alice", () -> notes.count("alice"))).isEqualTo(before + 1);
		}
	}

	/**
	 * Hibernate asks the metadata, and without a dialect also the version by a statement,
	 * which needs the primary.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "stopped", "frozen" })
	void hibernateWithItsDialectStartsWithoutThePrimary(String how) throws SQLException {
		execute(servers.postgres().primary(), "INSERT INTO note VALUES ('somebody')");
		servers.postgres().awaitReplicated();
		takeThePrimaryAway(how);
		try (ConfigurableApplicationContext context = servers.start(Ledger.class, WebApplicationType.NONE,
				"spring.datasource.hikari.connection-timeout=600000", "tidemark.marker.timeout=5s",
				"tidemark.marker.ttl=10m", "tidemark.consistency.max-staleness=5m",
				"spring.jpa.database-platform=org.hibernate.dialect.PostgreSQLDialect")) {
			assertThat(context.getBean(Ledger.LedgerService.class).readOnly()).isTrue();
		}
	}

	@Test
	void readThatEveryReplicaIsTooStaleForFailsAtOnceWhileThePrimaryIsAway() throws Exception {
		takeThePrimaryAway("stopped");
		try (ConfigurableApplicationContext context = run(WebApplicationType.NONE,
				"tidemark.consistency.max-staleness=1ms")) {
			Notes notes = context.getBean(Notes.class);
			assertThatExceptionOfType(ReadConsistencyUnavailableException.class).isThrownBy(notes::eventual)
				.withMessageContaining("level EVENTUAL")
				.withMessageContaining("too-stale");
			servers.postgres().replicas().forEach(PostgresServer::stop);
			Awaitility.await()
				.untilAsserted(() -> assertThatExceptionOfType(ReadConsistencyUnavailableException.class)
					.isThrownBy(notes::read)
					.withMessageContaining("no-replica; replica1 is unreachable"));
			servers.postgres().primary().start();
			Awaitility.await().ignoreExceptions().until(() -> notes.read().equals("primary"));
		}
	}

	@Test
	void replicaThatIsDownAtTheStartJoinsWhenItComes() {
		servers.postgres().replica("replica1").stop();
		try (ConfigurableApplicationContext context = run(WebApplicationType.NONE)) {
			Notes notes = context.getBean(Notes.class);
			Awaitility.await().until(() -> notes.read().equals("replica2"));
			servers.postgres().replica("replica1").start();
			Awaitility.await().until(() -> notes.read().equals("replica1"));
		}
	}

	@Test
	void withAllReplicasDownAtTheStartReadsComeFromThePrimary() {
		servers.postgres().replicas().forEach(PostgresServer::stop);
		try (ConfigurableApplicationContext context = run(WebApplicationType.NONE)) {
			Notes notes = context.getBean(Notes.class);
			assertThat(notes.read()).isEqualTo("primary");
			assertThat(context.getBean(Decisions.class).made).containsExactly(Decision.primary(Reason.NO_REPLICA));
			servers.postgres().replicas().forEach(PostgresServer::start);
			Awaitility.await().until(() -> notes.read().startsWith("replica"));
		}
	}

	@Test
	void transactionsThatRunAtTheShutdownEndWellAndNothingIsLeft(CapturedOutput output) throws Exception {
		Set<Thread> before = Thread.getAllStackTraces().keySet();
		servers.redis().flush();
		ConfigurableApplicationContext context = run(WebApplicationType.SERVLET, "server.shutdown=graceful",
				"logging.level.root=INFO");
		Collection<HikariDataSource> pools = pools(context);
		Notes notes = context.getBean(Notes.class);
		Awaitility.await().until(() -> notes.read().startsWith("replica"));
		assertThat(clients(servers.postgres().primary())).isPositive();

		CompletableFuture<HttpResponse<String>> read = get(context, "/read");
		CompletableFuture<HttpResponse<String>> write = get(context, "/write");
		Gate gate = context.getBean(Gate.class);
		gate.entered.await();
		CompletableFuture<Void> end = CompletableFuture.runAsync(context::close);
		Awaitility.await().until(() -> output.getOut().contains("Commencing graceful shutdown"));
		assertThat(pools).hasSize(3).allMatch(HikariDataSource::isRunning);
		gate.open.countDown();

		assertThat(read.get().body()).startsWith("replica");
		assertThat(write.get().body()).isEqualTo("primary");
		assertThat(markers()).hasSize(1);
		end.get();
		assertThat(pools).allMatch(HikariDataSource::isClosed);
		for (HikariDataSource pool : pools) {
			assertThat(output).containsOnlyOnce(pool.getPoolName() + " - Shutdown initiated");
		}
		assertThat(output).doesNotContain("has been closed");
		Awaitility.await().untilAsserted(() -> assertThat(threadsSince(before)).isEmpty());
		for (PostgresServer server : all()) {
			Awaitility.await().untilAsserted(() -> assertThat(clients(server)).as(server.name()).isZero());
		}
	}

	private static void takeThePrimaryAway(String how) throws SQLException {
		execute(servers.postgres().primary(), "INSERT INTO note VALUES ('somebody')");
		servers.postgres().awaitReplicated();
		if (how.equals("frozen")) {
			servers.postgres().primary().freeze();
		}
		else {
			servers.postgres().primary().stop();
		}
	}

	private static void bringBack(PostgresServer server) {
		if (server.isRunning()) {
			server.thaw();
		}
		else {
			server.start();
		}
	}

	private static ConfigurableApplicationContext run(WebApplicationType type, String... properties) {
		List<String> all = new ArrayList<>(List.of(properties));
		all.add("spring.datasource.hikari.connection-timeout=600000");
		// A slow machine is no failure of a replica or of Redis.
		all.addAll(List.of("tidemark.monitor.interval=500ms", "tidemark.marker.timeout=5s"));
		all.add(Library.only() + "," + HibernateJpaAutoConfiguration.class.getName() + ","
				+ DataJpaRepositoriesAutoConfiguration.class.getName());
		return servers.start(Application.class, type, all.toArray(String[]::new));
	}

	private static <T> T as(ConfigurableApplicationContext context, String user, Callable<T> action) throws Exception {
		return context.getBean(ConsistencySession.class).callAs(user, action);
	}

	private static List<PostgresServer> all() {
		return Stream.concat(Stream.of(servers.postgres().primary()), servers.postgres().replicas().stream()).toList();
	}

	private static Collection<HikariDataSource> pools(ConfigurableApplicationContext context) throws SQLException {
		List<HikariDataSource> pools = new ArrayList<>(context.getBeansOfType(HikariDataSource.class).values());
		pools.add(context.getBean(DataSource.class).unwrap(HikariDataSource.class));
		return pools;
	}

	private static CompletableFuture<HttpResponse<String>> get(ConfigurableApplicationContext context, String path) {
		URI uri = URI
			.create("http://localhost:" + context.getEnvironment().getRequiredProperty("local.server.port") + path);
		return HttpClient.newHttpClient()
			.sendAsync(HttpRequest.newBuilder(uri).header("X-User", "alice").build(),
					HttpResponse.BodyHandlers.ofString());
	}

	private static List<String> markers() {
		try (RedisClient client = RedisClient.create(RedisURI.create(servers.redis().host(), servers.redis().port()))) {
			return client.connect()
				.sync()
				.keys("tidemark:*")
				.stream()
				.filter((key) -> !key.endsWith(":epoch"))
				.toList();
		}
	}

	private static Set<String> threadsSince(Set<Thread> before) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> !before.contains(thread))
			.map(Thread::getName)
			.filter((name) -> Stream.of("tidemark-", "lettuce-", "primary", "replica").anyMatch(name::startsWith))
			.collect(Collectors.toSet());
	}

	private static long clients(PostgresServer server) throws SQLException {
		try (Connection connection = server.open();
				Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_stat_activity "
						+ "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")) {
			row.next();
			return row.getLong(1);
		}
	}

	private static void execute(PostgresServer server, String sql) throws SQLException {
		try (Connection connection = server.open(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Notes notes(JdbcTemplate jdbc) {
			return new Notes(jdbc);
		}

		@Bean
		Gate gate() {
			return new Gate();
		}

		@Bean
		Controller controller(Notes notes, Gate gate) {
			return new Controller(notes, gate);
		}

		@Bean
		Decisions decisions() {
			return new Decisions();
		}

		@Bean
		UserKeyResolver userKeyResolver() {
			return () -> (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes)
					? attributes.getRequest().getHeader("X-User") : null;
		}

	}

	static class Notes {

		private final JdbcTemplate jdbc;

		Notes(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
		}

		@Transactional(readOnly = true)
		public String read() {
			return server();
		}

		@ReadConsistency(level = ConsistencyLevel.EVENTUAL)
		@Transactional(readOnly = true)
		public String eventual() {
			return server();
		}

		@ReadConsistency(level = ConsistencyLevel.BOUNDED_STALENESS)
		@Transactional(readOnly = true)
		public String bounded() {
			return server();
		}

		@Transactional(readOnly = true)
		public long count(String owner) {
			return this.jdbc.queryForObject("SELECT count(*) FROM note WHERE owner = ?", Long.class, owner);
		}

		@Transactional
		public String write(String owner) {
			this.jdbc.update("INSERT INTO note VALUES (?)", owner);
			return server();
		}

		@Transactional(readOnly = true)
		public String readSlowly(Gate gate) throws InterruptedException {
			String server = server();
			gate.pass();
			assertThat(server()).isEqualTo(server);
			return server;
		}

		@Transactional
		public String writeSlowly(String owner, Gate gate) throws InterruptedException {
			String server = write(owner);
			gate.pass();
			return server;
		}

		private String server() {
			Integer port = this.jdbc.queryForObject("SELECT inet_server_port()", Integer.class);
			return all().stream()
				.filter((server) -> port != null && server.port() == port)
				.map(PostgresServer::name)
				.findFirst()
				.orElseThrow();
		}

	}

	/**
	 * Holds two transactions until it is opened.
	 */
	static final class Gate {

		private final CountDownLatch entered = new CountDownLatch(2);

		private final CountDownLatch open = new CountDownLatch(1);

		void pass() throws InterruptedException {
			this.entered.countDown();
			this.open.await();
		}

	}

	@RestController
	static class Controller {

		private final Notes notes;

		private final Gate gate;

		Controller(Notes notes, Gate gate) {
			this.notes = notes;
			this.gate = gate;
		}

		@GetMapping("/read")
		String read() throws InterruptedException {
			return this.notes.readSlowly(this.gate);
		}

		@GetMapping("/write")
		String write() throws InterruptedException {
			return this.notes.writeSlowly("alice", this.gate);
		}

	}

	static final class Decisions implements RoutingListener {

		private final List<Decision> made = new CopyOnWriteArrayList<>();

		@Override
		public void onDecision(Decision decision) {
			this.made.add(decision);
		}

	}

}
