package dev.tidemark.app;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

import dev.tidemark.ConsistencySession;
import dev.tidemark.ReadConsistencyUnavailableException;
import dev.tidemark.fault.TcpProxy;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ReplicationMonitor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A promoted replica is replaced as the primary, and is a replica again: rebuilt, so that
 * another server is at its address. Its users come back from the next replica.
 * <p>
 * One of two instances is cut off from the new primary, and sees the timeline of a
 * replica with the delay that the fewest rights cost.
 */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailbackTests {

	private static final long MAX_STALENESS = TimeUnit.SECONDS.toNanos(10);

	private final Servers servers = new Servers(
			ReplicatedPostgres.builder().replicas("home", "next", "third", "rebuilt").start());

	private final PostgresServer primary = this.servers.postgres().primary();

	private final PostgresReplica home = this.servers.postgres().replica("home");

	private final PostgresReplica next = this.servers.postgres().replica("next");

	private final PostgresReplica third = this.servers.postgres().replica("third");

	private final PostgresReplica rebuilt = this.servers.postgres().replica("rebuilt");

	private final TcpProxy toHome = TcpProxy.to(this.home.host(), this.home.port());

	private final TcpProxy toThird = TcpProxy.to(this.third.host(), this.third.port());

	@BeforeEach
	void createTable() {
		execute(this.primary, "CREATE TABLE note (owner text)", "CREATE ROLE app LOGIN PASSWORD 'app'",
				"GRANT ALL ON note TO app");
		this.servers.postgres().awaitReplicated();
	}

	@AfterEach
	void stop() {
		this.toHome.close();
		this.toThird.close();
		this.servers.close();
	}

	@Test
	void usersComeBackToWhatIsNoOlderThanWhatTheySawElsewhere() throws Exception {
		try (ConfigurableApplicationContext informed = start("tidemark.replicas.home.url=" + url(this.toHome));
				ConfigurableApplicationContext cutOff = start("tidemark.replicas.third.url=" + url(this.toThird),
						"spring.datasource.username=app", "spring.datasource.password=app")) {
			List<String> users = List.copyOf(IntStream.range(0, 20).mapToObj((number) -> "user" + number).toList());
			failOverToHome(informed, cutOff);
			for (ConfigurableApplicationContext application : List.of(informed, cutOff)) {
				Awaitility.await()
					.until(() -> users.stream().allMatch((user) -> port(application, user) == this.next.port()));
			}
			failOverToThird();
			Awaitility.await().until(() -> isHomeBack(status(informed)));
			this.next.pauseReplay();
			informed.getBean(Notebook.Notes.class).write("early");
			Awaitility.await().until(() -> count(informed, "guest", "early") == 1);
			// It can't know that the home is back, and would show less.
			assertThat(isRefused(cutOff, "guest")).isTrue();
			this.next.resumeReplay();
			this.rebuilt.pauseReplay();
			informed.getBean(Notebook.Notes.class).write("late");
			assertThat(users).allMatch((user) -> as(informed, user, Notebook.Notes::readPrimary) == this.third.port())
				.allMatch((user) -> count(informed, user, "late") == 1);
			this.rebuilt.resumeReplay();
			Awaitility.await()
				.until(() -> users.stream().allMatch((user) -> port(informed, user) == this.rebuilt.port()));
		}
	}

	/**
	 * It may show what the home does not have when it comes back.
	 */
	@Test
	void readThatOutlastsWhatIsKnownOfThePrimaryIsRemembered() throws Exception {
		try (ConfigurableApplicationContext application = start("tidemark.replicas.home.url=" + url(this.toHome))) {
			failOverToHome(application);
			this.rebuilt.pauseReplay();
			application.getBean(Notebook.Notes.class).write("late");
			long before = this.servers.markers();
			assertThat(as(application, "patient", (notes) -> notes.readAnd(FailbackTests::awaitASecond)))
				.isEqualTo(this.next.port());
			assertThat(this.servers.markers()).isEqualTo(before + 1);
		}
	}

	@Test
	void readAtHomeThatOutlastsItsPromotionIsRemembered() throws Exception {
		try (ConfigurableApplicationContext application = start("tidemark.replicas.home.url=" + url(this.toHome))) {
			assertThat(as(application, "patient", (notes) -> notes.countAfter("late", () -> {
				failOverToHome(application);
				this.next.pauseReplay();
				execute(this.home, "INSERT INTO note VALUES ('late')");
			}))).isOne();
			assertThat(count(application, "patient", "late")).isOne();
			assertThat(port(application, "stranger")).isEqualTo(this.next.port());
		}
	}

	/**
	 * The replica follows a primary of which the instance does not know.
	 */
	@Test
	void readThatOutlastsTwoPromotionsIsRemembered() throws Exception {
		try (ConfigurableApplicationContext informed = start("tidemark.replicas.home.url=" + url(this.toHome));
				ConfigurableApplicationContext cutOff = start("tidemark.replicas.third.url=" + url(this.toThird))) {
			failOverToHome(informed, cutOff);
			assertThat(as(cutOff, "patient", (notes) -> notes.countAfter("late", () -> {
				failOverToThird();
				Awaitility.await()
					.until(() -> isHomeBack(status(informed)) && port(informed, "stranger") == this.rebuilt.port());
				this.rebuilt.pauseReplay();
				execute(this.third, "INSERT INTO note VALUES ('late')");
				Awaitility.await().until(() -> hasNote(this.next));
			}))).isOne();
			assertThat(count(informed, "patient", "late")).isOne();
			assertThat(port(informed, "stranger")).isEqualTo(this.rebuilt.port());
		}
	}

	private static void awaitASecond() {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
		Awaitility.await().until(() -> System.nanoTime() - end > 0);
	}

	private static boolean isRefused(ConfigurableApplicationContext application, String user) {
		try {
			port(application, user);
			return false;
		}
		catch (ReadConsistencyUnavailableException ex) {
			return true;
		}
	}

	private void failOverToHome(ConfigurableApplicationContext... applications) {
		this.primary.kill();
		this.home.promote();
		for (PostgresReplica replica : List.of(this.next, this.third, this.rebuilt)) {
			replica.follow(this.home);
		}
		execute(this.home, "CHECKPOINT");
		for (ConfigurableApplicationContext application : applications) {
			Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> hasMovedOn(status(application)));
		}
	}

	/**
	 * A restart point names the timeline to those who may not see the WAL receiver.
	 */
	private boolean hasMovedOn(ClusterStatus status) {
		execute(this.next, "CHECKPOINT");
		ReplicaStatus replica = status.replica("next").orElseThrow();
		return status.primary().server().equals("home") && replica.position().timeline() == 2
				&& replica.isCompleteAsOf(status.primary().serverSince() + MAX_STALENESS);
	}

	private void failOverToThird() {
		this.home.kill();
		this.toThird.refuse();
		this.toThird.cut();
		this.third.promote();
		this.next.follow(this.third);
		this.rebuilt.follow(this.third);
		this.toHome.lead(this.rebuilt.host(), this.rebuilt.port());
	}

	private static boolean isHomeBack(ClusterStatus status) {
		ReplicaStatus home = status.replica("home").orElseThrow();
		return status.primary().server().equals("third") && home.state() == ReplicaState.REPLICATING
				&& home.isNoOlderThanItWas();
	}

	/**
	 * The weights make everybody's order the same, almost surely.
	 */
	private ConfigurableApplicationContext start(String... properties) {
		List<String> all = new ArrayList<>(List.of(properties));
		all.add("tidemark.replicas.home.weight=1000000000");
		all.add("tidemark.replicas.next.weight=100000");
		ConfigurableApplicationContext application = Notebook.start(this.servers, all.toArray(String[]::new));
		Awaitility.await().until(() -> port(application, "somebody") == this.home.port());
		return application;
	}

	private static ClusterStatus status(ConfigurableApplicationContext application) {
		return application.getBean(ReplicationMonitor.class).status();
	}

	private static long port(ConfigurableApplicationContext application, String user) {
		return as(application, user, Notebook.Notes::read);
	}

	private static long count(ConfigurableApplicationContext application, String user, String owner) {
		return as(application, user, (notes) -> notes.count(owner));
	}

	private static long as(ConfigurableApplicationContext application, String user,
			ToLongFunction<Notebook.Notes> action) {
		try {
			return application.getBean(ConsistencySession.class)
				.callAs(user, () -> action.applyAsLong(application.getBean(Notebook.Notes.class)));
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String url(TcpProxy proxy) {
		return "jdbc:postgresql://" + proxy.host() + ":" + proxy.port() + "/postgres";
	}

	private static boolean hasNote(PostgresServer server) throws SQLException {
		try (Connection connection = server.open();
				Statement statement = connection.createStatement();
				ResultSet note = statement.executeQuery("SELECT FROM note")) {
			return note.next();
		}
	}

	private static void execute(PostgresServer server, String... commands) {
		try (Connection connection = server.open(); Statement statement = connection.createStatement()) {
			for (String command : commands) {
				statement.execute(command);
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
