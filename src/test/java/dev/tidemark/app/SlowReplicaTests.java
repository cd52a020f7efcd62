package dev.tidemark.app;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ConsistencySession;
import dev.tidemark.ReadConsistency;
import dev.tidemark.actuate.ReplicationEndpoint;
import dev.tidemark.fault.TcpProxy;
import dev.tidemark.fault.TcpProxy.Direction;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicationMonitor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Trap 17: a replica that is slow, or has no connection to give. The replicas' pools have
 * four connections, and a read that waited for one of them would wait for a minute.
 */
class SlowReplicaTests {

	private static final int POOL = 4;

	private static final List<String> USERS = IntStream.range(0, 16).mapToObj((number) -> "user" + number).toList();

	private static Servers servers;

	private static List<TcpProxy> proxies;

	private static ConfigurableApplicationContext application;

	private static ExecutorService threads;

	@BeforeAll
	static void start() {
		threads = Executors.newFixedThreadPool(USERS.size());
		servers = new Servers();
		proxies = new ArrayList<>();
		List<String> properties = new ArrayList<>(List.of("spring.datasource.hikari.maximum-pool-size=" + 2 * POOL,
				// Also how long a read waits for a replica to take a slow one's place.
				"tidemark.monitor.interval=1s"));
		for (PostgresReplica replica : servers.postgres().replicas()) {
			TcpProxy proxy = TcpProxy.to(replica.host(), replica.port());
			proxies.add(proxy);
			String prefix = "tidemark.replicas." + replica.name() + ".";
			properties
				.add(prefix + "url=" + replica.jdbcUrl().replace(":" + replica.port() + "/", ":" + proxy.port() + "/"));
			properties.add(prefix + "hikari.maximum-pool-size=" + POOL);
			properties.add(prefix + "hikari.minimum-idle=1");
			properties.add(prefix + "hikari.connection-timeout=60000");
		}
		application = servers.start(Application.class, WebApplicationType.NONE, properties.toArray(String[]::new));
		application.getBean(JdbcTemplate.class).execute("CREATE TABLE note (n int)");
		servers.postgres().awaitReplicated();
	}

	@AfterAll
	static void stop() {
		threads.shutdownNow();
		application.close();
		proxies.forEach(TcpProxy::close);
		servers.close();
	}

	@BeforeEach
	void awaitReplicas() {
		Awaitility.await()
			.until(() -> monitor().slowReplicas().isEmpty() && monitor().status()
				.replicas()
				.stream()
				.allMatch((replica) -> replica.state() == ReplicaState.REPLICATING && replica.isNoOlderThanItWas()));
		Awaitility.await().until(SlowReplicaTests::readsRunOnBoth);
	}

	private static boolean readsRunOnBoth() throws Exception {
		return ports(SlowReplicaTests::readAll).containsAll(List.of(port(0), port(1)));
	}

	@AfterEach
	void repair() {
		proxies.forEach(TcpProxy::heal);
	}

	@Test
	void readsLeaveAReplicaThatAnswersSlowlyAndComeBack() throws Exception {
		proxies.get(0).delay(Direction.TO_CLIENT, Duration.ofMillis(500));
		Awaitility.await().until(() -> !monitor().slowReplicas().isEmpty());
		assertThat(monitor().status().replicas()).extracting("state").containsOnly(ReplicaState.REPLICATING);
		assertThat(application.getBean(ReplicationEndpoint.class).replication().replicas())
			.filteredOn((replica) -> replica.reason() != null)
			.singleElement()
			.satisfies((replica) -> {
				assertThat(replica.name()).isEqualTo(servers.postgres().replicas().get(0).name());
				assertThat(replica.reason()).contains("later than another");
				assertThat(replica.eligible()).isTrue();
			});
		for (int i = 0; i < 20; i++) {
			application.getBean(Notes.class).write();
			assertThat(ports(SlowReplicaTests::readAll)).contains(port(1)).doesNotContain(port(0));
		}
		proxies.get(0).heal();
		Awaitility.await().until(SlowReplicaTests::readsRunOnBoth);
	}

	@Test
	void readWaitsForAReplicaThatTakesTheSlowOnesPlace() throws Exception {
		PostgresReplica late = servers.postgres().replicas().get(1);
		late.delayReplay(Duration.ofMillis(100));
		try {
			proxies.get(0).delay(Direction.TO_CLIENT, Duration.ofMillis(500));
			Awaitility.await().until(() -> !monitor().slowReplicas().isEmpty());
			application.getBean(Notes.class).write();
			assertThat(ports(SlowReplicaTests::readAll)).contains(port(1)).doesNotContain(port(0));
		}
		finally {
			late.delayReplay(Duration.ZERO);
		}
	}

	@Test
	void replicasThatAreAllSlowAreAllUsed() throws Exception {
		proxies.forEach((proxy) -> proxy.delay(Direction.TO_CLIENT, Duration.ofMillis(300)));
		Awaitility.await().during(Duration.ofSeconds(4)).until(() -> monitor().slowReplicas().isEmpty());
		assertThat(readsRunOnBoth()).isTrue();
	}

	@Test
	void slowReplicaServesWhatTheOtherCannot() throws Exception {
		proxies.get(0).delay(Direction.TO_CLIENT, Duration.ofMillis(500));
		Awaitility.await().until(() -> !monitor().slowReplicas().isEmpty());
		PostgresReplica other = servers.postgres().replicas().get(1);
		other.stop();
		try {
			Awaitility.await()
				.until(() -> monitor().status()
					.replica(other.name())
					.orElseThrow()
					.state() == ReplicaState.UNREACHABLE);
			Awaitility.await().until(() -> ports(SlowReplicaTests::readAll).contains(port(0)));
		}
		finally {
			other.start();
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "EVENTUAL", "READ_YOUR_WRITES", "SESSION" })
	void readsGoElsewhereWhenAPoolHasNoConnectionToGive(ConsistencyLevel level) throws Exception {
		Supplier<List<CompletableFuture<Integer>>> reads = () -> readAll(level);
		List<Connection> taken = takeAll(0);
		try {
			for (int i = 0; i < 5; i++) {
				assertThat(ports(reads)).contains(port(1)).doesNotContain(port(0));
			}
			taken.addAll(takeAll(1));
			assertThat(ports(() -> List.of(as("one", (notes) -> notes.read(level)))))
				.containsExactly(servers.postgres().primary().port());
		}
		finally {
			close(taken);
		}
		Awaitility.await().until(SlowReplicaTests::readsRunOnBoth);
	}

	@Test
	void readWaitsForAPoolWhenThePrimaryHasNoPlaceEither() throws Exception {
		List<Connection> taken = new ArrayList<>(takeAll(0));
		taken.addAll(takeAll(1));
		CompletableFuture<Integer> waiting;
		try {
			HikariDataSource primary = application.getBean(DataSource.class).unwrap(HikariDataSource.class);
			for (int i = 0; i < 2 * POOL; i++) {
				taken.add(primary.getConnection());
			}
			Thread[] reader = new Thread[1];
			waiting = as("one", (notes) -> {
				reader[0] = Thread.currentThread();
				return notes.read(ConsistencyLevel.SESSION);
			});
			Awaitility.await().until(() -> reader[0] != null && reader[0].getState() == Thread.State.TIMED_WAITING);
		}
		finally {
			close(taken);
		}
		assertThat(waiting.get(1, TimeUnit.MINUTES)).isIn(port(0), port(1));
	}

	// SQLState 53300 for whoever connects.
	@Test
	void readsGoElsewhereWhenAServerIsOutOfConnections() throws Exception {
		List<Connection> taken = new ArrayList<>();
		try {
			Awaitility.await().pollInterval(Duration.ofMillis(20)).during(Duration.ofMillis(500)).until(() -> {
				pools().get(0).getHikariPoolMXBean().softEvictConnections();
				takeWhileThereAre(taken);
				return pools().get(0).getHikariPoolMXBean().getTotalConnections() == 0;
			});
			for (int i = 0; i < 5; i++) {
				assertThat(ports(SlowReplicaTests::readAll)).contains(port(1)).doesNotContain(port(0));
			}
		}
		finally {
			close(taken);
		}
		Awaitility.await().until(SlowReplicaTests::readsRunOnBoth);
	}

	private static void takeWhileThereAre(List<Connection> taken) {
		try {
			while (true) {
				taken.add(servers.postgres().replicas().get(0).open());
			}
		}
		catch (SQLException ex) {
			assertThat(ex.getSQLState()).isEqualTo("53300");
		}
	}

	private static List<Connection> takeAll(int replica) throws SQLException {
		List<Connection> taken = new ArrayList<>();
		for (int i = 0; i < POOL; i++) {
			taken.add(pools().get(replica).getConnection());
		}
		return taken;
	}

	private static void close(List<Connection> connections) throws SQLException {
		for (Connection connection : connections) {
			connection.close();
		}
	}

	private static List<HikariDataSource> pools() {
		return servers.postgres().replicas().stream().map((replica) -> pool(replica.name())).toList();
	}

	private static HikariDataSource pool(String name) {
		Map<String, HikariDataSource> pools = application.getBeansOfType(HikariDataSource.class);
		return pools.values().stream().filter((pool) -> name.equals(pool.getPoolName())).findFirst().orElseThrow();
	}

	private static ReplicationMonitor monitor() {
		return application.getBean(ReplicationMonitor.class);
	}

	private static int port(int replica) {
		return servers.postgres().replicas().get(replica).port();
	}

	private static List<CompletableFuture<Integer>> readAll() {
		return readAll(ConsistencyLevel.SESSION);
	}

	/**
	 * Read as all users at once.
	 */
	private static List<CompletableFuture<Integer>> readAll(ConsistencyLevel level) {
		return USERS.stream().map((user) -> as(user, (notes) -> notes.read(level))).toList();
	}

	private static CompletableFuture<Integer> as(String user, Question question) {
		return CompletableFuture.supplyAsync(() -> {
			try {
				return application.getBean(ConsistencySession.class)
					.callAs(user, () -> question.ask(application.getBean(Notes.class)));
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}, threads);
	}

	/**
	 * Return the ports of the servers that answer, or fail if one read does.
	 */
	private static Set<Integer> ports(Supplier<List<CompletableFuture<Integer>>> reads) throws Exception {
		Set<Integer> ports = new HashSet<>();
		for (CompletableFuture<Integer> read : reads.get()) {
			ports.add(read.get(20, TimeUnit.SECONDS));
		}
		return ports;
	}

	@FunctionalInterface
	private interface Question {

		int ask(Notes notes);

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Notes notes(JdbcTemplate jdbc, Reader reader) {
			return new Notes(jdbc, reader);
		}

		@Bean
		Reader reader(JdbcTemplate jdbc) {
			return new Reader(jdbc);
		}

	}

	static class Notes {

		private final JdbcTemplate jdbc;

		private final Reader reader;

		Notes(JdbcTemplate jdbc, Reader reader) {
			this.jdbc = jdbc;
			this.reader = reader;
		}

		@Transactional
		public void write() {
			this.jdbc.update("INSERT INTO note VALUES (1)");
		}

		public int read(ConsistencyLevel level) {
			return switch (level) {
				case EVENTUAL -> this.reader.eventually();
				case READ_YOUR_WRITES -> this.reader.readYourWrites();
				default -> this.reader.inSession();
			};
		}

	}

	static class Reader {

		private final JdbcTemplate jdbc;

		Reader(JdbcTemplate jdbc) {
			this.jdbc = jdbc;
		}

		@Transactional(readOnly = true)
		@ReadConsistency(level = ConsistencyLevel.EVENTUAL)
		public int eventually() {
			return port();
		}

		@Transactional(readOnly = true)
		@ReadConsistency(level = ConsistencyLevel.READ_YOUR_WRITES)
		public int readYourWrites() {
			return port();
		}

		@Transactional(readOnly = true)
		public int inSession() {
			return port();
		}

		private int port() {
			return this.jdbc.queryForObject("SELECT inet_server_port()", Integer.class);
		}

	}

}
