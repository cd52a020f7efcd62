package dev.tidemark.test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for how a {@link ReplicatedPostgres} starts, fails to start and ends.
 */
class ReplicatedPostgresStartTests {

	@Test
	void closeEndsTheServersAndDeletesTheirData() throws IOException {
		ReplicatedPostgres postgres = start();
		PostgresServer primary = postgres.primary();
		Path folder = folderOf(primary);
		assertThat(folder.resolve("primary")).isDirectory();
		postgres.close();
		postgres.close();
		assertThat(primary.isRunning()).isFalse();
		assertThat(folder).doesNotExist();
		assertThatIllegalStateException().isThrownBy(primary::start)
			.withMessage("The cluster of primary was closed, start another one");
	}

	@Test
	void closeEndsFrozenServers() {
		ReplicatedPostgres postgres = start("a");
		postgres.primary().freeze();
		postgres.replica("a").freeze();
		postgres.close();
		assertThat(postgres.primary().isRunning()).isFalse();
		assertThat(postgres.replica("a").isRunning()).isFalse();
	}

	@Test
	void closeIsCompleteOnAnInterruptedThread() {
		ReplicatedPostgres postgres = start();
		Thread.currentThread().interrupt();
		postgres.close();
		assertThat(Thread.interrupted()).isTrue();
		assertThat(postgres.primary().isRunning()).isFalse();
		assertThat(folderOf(postgres.primary())).doesNotExist();
	}

	@Test
	void clustersAreDifferentSystemsWithDifferentPasswords() {
		try (ReplicatedPostgres one = start(); ReplicatedPostgres other = start()) {
			String identifier = "select system_identifier from pg_control_system()";
			assertThat(new SqlClient(one.primary()).ask(identifier))
				.isNotEqualTo(new SqlClient(other.primary()).ask(identifier));
			assertThat(one.primary().password()).isNotEqualTo(other.primary().password());
			assertThat(one.primary().toString()).doesNotContain(one.primary().password());
		}
	}

	@Test
	void passwordIsNeeded() {
		try (ReplicatedPostgres postgres = start()) {
			String url = postgres.primary().jdbcUrl();
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> DriverManager.getConnection(url, postgres.primary().username(), "wrong"))
				.withMessageContaining("password authentication failed");
		}
	}

	@Test
	void logsAreKeptWhereTheyAreAskedFor(@TempDir Path logs) {
		try (ReplicatedPostgres postgres = ReplicatedPostgres.builder()
			.replicas("a")
			.setting("log_statement", "all")
			.logsTo(logs.resolve("new"))
			.start()) {
			new SqlClient(postgres.primary()).ask("select 'to be found'");
		}
		assertThat(logs.resolve("new/primary.log")).content().contains("select 'to be found'");
		assertThat(logs.resolve("new/a.log")).content().contains("database system is ready");
	}

	@Test
	void failedStartShowsAndKeepsTheLog() throws IOException {
		ServerStartException failure = catchThrowableOfType(ServerStartException.class,
				() -> ReplicatedPostgres.builder().setting("max_connections", "many").start());
		assertThat(failure).hasMessageStartingWith("primary has ended while it was starting. The log ")
			.hasMessageContaining("invalid value for parameter \"max_connections\": \"many\"");
		Matcher matcher = Pattern.compile("The log (\\S+)").matcher(String.valueOf(failure.getMessage()));
		assertThat(matcher.find()).isTrue();
		Path log = Path.of(matcher.group(1));
		assertThat(log).content().contains("invalid value");
		assertThat(log.resolveSibling("primary")).doesNotExist();
		FileTree.delete(log.resolveSibling(""));
	}

	@Test
	void settingsAreQuoted() {
		try (ReplicatedPostgres postgres = ReplicatedPostgres.builder()
			.replicas()
			.setting("cluster_name", "it's \\ here")
			.start()) {
			assertThat(new SqlClient(postgres.primary()).ask("show cluster_name")).isEqualTo("it's \\ here");
		}
	}

	@Test
	void takenPortIsReplacedByAnother() throws IOException {
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			for (int position = 0; position < 2; position++) {
				int[] ports = IntStream.generate(FreePort::choose).limit(4).toArray();
				ports[position] = taken.getLocalPort();
				PrimitiveIterator.OfInt next = IntStream.of(ports).iterator();
				try (ReplicatedPostgres postgres = LocalCluster.start(List.of("a"), Map.of(), null, next::nextInt)) {
					assertThat(postgres.primary().port()).isEqualTo(ports[2]);
					assertThat(postgres.replica("a").port()).isEqualTo(ports[3]);
					new SqlClient(postgres.primary()).execute("create table note ()");
					postgres.awaitReplicated();
					assertThat(new SqlClient(postgres.replica("a")).ask("select count(*) from note")).isEqualTo("0");
				}
			}
		}
	}

	@Test
	void portThatIsTakenWhileAServerIsStoppedIsTold() throws IOException {
		try (ReplicatedPostgres postgres = start()) {
			PostgresServer primary = postgres.primary();
			primary.stop();
			try (ServerSocket taken = new ServerSocket(primary.port(), 1, InetAddress.getByName("127.0.0.1"))) {
				assertThatIllegalStateException().isThrownBy(primary::start)
					.withMessageStartingWith(
							"primary cannot start, as another process has taken its port " + taken.getLocalPort());
			}
			primary.start();
			assertThat(new SqlClient(primary).ask("select 1")).isEqualTo("1");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "primary", "", "a b", "../a", "a'b" })
	void replicaIsNotNamedLikeThat(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> ReplicatedPostgres.builder().replicas("a", name))
			.withMessageStartingWith("'" + name + "' cannot be the name of a replica");
	}

	@Test
	void replicasHaveDifferentNames() {
		assertThatIllegalArgumentException().isThrownBy(() -> ReplicatedPostgres.builder().replicas("a", "b", "a"))
			.withMessage("Two replicas have the same name: [a, b, a]");
	}

	@Test
	void settingsOfTheClusterItselfAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> ReplicatedPostgres.builder().setting("port", "5432"))
			.withMessageContaining("leave 'port' away");
		assertThatIllegalArgumentException().isThrownBy(() -> ReplicatedPostgres.builder().setting("a = b", "c"))
			.withMessage("'a = b' is not the name of a PostgreSQL parameter");
	}

	private static ReplicatedPostgres start(String... replicas) {
		return ReplicatedPostgres.builder().replicas(replicas).start();
	}

	private static Path folderOf(PostgresServer server) {
		return server.logFile().resolveSibling("").toAbsolutePath().normalize();
	}

}
