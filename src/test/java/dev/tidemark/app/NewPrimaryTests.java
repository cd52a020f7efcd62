package dev.tidemark.app;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.ConsistencySession;
import dev.tidemark.fault.TcpProxy;
import dev.tidemark.history.Repeated;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.wal.PrimaryProblem;
import dev.tidemark.wal.PrimaryStatus;
import dev.tidemark.wal.ReplicationMonitor;
import org.assertj.core.api.ThrowingConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Another server becomes the primary.
 */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NewPrimaryTests {

	private Servers servers;

	private PostgresServer primary;

	private PostgresReplica next;

	private PostgresReplica other;

	@BeforeEach
	void start() throws SQLException {
		this.servers = new Servers();
		this.primary = this.servers.postgres().primary();
		this.next = this.servers.postgres().replica("replica1");
		this.other = this.servers.postgres().replica("replica2");
		execute(this.primary, "CREATE TABLE note (owner text)");
		this.servers.postgres().awaitReplicated();
	}

	@AfterEach
	void stop() {
		if (this.primary.isRunning()) {
			this.primary.thaw();
		}
		this.servers.close();
	}

	@Test
	void promotedReplicaIsFollowedAndALostWritePinsNobody() throws Exception {
		run((application) -> {
			Notebook.Notes notes = application.getBean(Notebook.Notes.class);
			write(notes, "kept");
			this.servers.postgres().awaitReplicated();
			this.next.disconnectFromPrimary();
			this.other.disconnectFromPrimary();
			Notebook.as(application, "loser", () -> notes.write("loser"));
			this.primary.kill();
			this.next.promote();
			awaitPrimary(application, "replica1", 2);
			assertThat(notes.write("new")).isEqualTo(this.next.port());
			assertThat(notes.readPrimary()).isEqualTo(this.next.port());
			assertThat(Notebook.as(application, "loser", () -> notes.count("loser"))).isZero();
			this.other.follow(this.next);
			Awaitility.await().until(() -> Notebook.as(application, "loser", notes::read) == this.other.port());
			assertThat(Notebook.as(application, "reader", () -> notes.count("new"))).isOne();
			assertThat(Notebook.as(application, "reader", () -> notes.count("kept"))).isOne();
		});
	}

	/**
	 * A read of the new primary frees its own user only.
	 */
	@Test
	void lostWritePinsNobodyWhoSharesItsKey() throws Exception {
		run((application) -> {
			Notebook.Notes notes = application.getBean(Notebook.Notes.class);
			ConsistencySession sessions = application.getBean(ConsistencySession.class);
			this.next.disconnectFromPrimary();
			this.other.disconnectFromPrimary();
			sessions.runAs("loser", () -> about(sessions, () -> notes.write("lost")));
			this.primary.kill();
			this.next.promote();
			awaitPrimary(application, "replica1", 2);
			this.other.follow(this.next);
			AtomicInteger readers = new AtomicInteger();
			Awaitility.await()
				.until(() -> sessions.callAs("reader" + readers.incrementAndGet(),
						() -> about(sessions, notes::read)) == this.other.port());
		});
	}

	private static <T> T about(ConsistencySession sessions, Supplier<T> action) {
		try (ConsistencySession.Named shared = sessions.about("shared")) {
			return action.get();
		}
	}

	/**
	 * To stand in for a home, a replica that lags has to prove what it never can while
	 * others write.
	 */
	@Test
	void usersOfThePromotedReplicaMoveToAnotherOne() throws Exception {
		run((application) -> {
			Notebook.Notes notes = application.getBean(Notebook.Notes.class);
			this.primary.kill();
			this.next.promote();
			awaitPrimary(application, "replica1", 2);
			this.other.follow(this.next);
			this.other.delayReplay(Duration.ofMillis(300));
			AtomicInteger users = new AtomicInteger();
			try (Repeated writes = Repeated.every(20, TimeUnit.MILLISECONDS, () -> notes.write("any"))) {
				Awaitility.await()
					.until(() -> IntStream.range(0, 20)
						.allMatch((number) -> Notebook.as(application, "user" + users.incrementAndGet(),
								notes::read) == this.other.port()));
			}
		}, "tidemark.consistency.max-staleness=2s");
	}

	/**
	 * The replica's pool could not write.
	 */
	@Test
	void promotedReplicaIsUsedWithTheSettingsOfThePrimary() throws Exception {
		createReader();
		run((application) -> {
			this.primary.kill();
			this.next.promote();
			awaitPrimary(application, "replica1", 2);
			assertThat(write(application.getBean(Notebook.Notes.class), "new")).isEqualTo(this.next.port());
		}, "tidemark.replicas.replica1.username=reader", "tidemark.replicas.replica1.password=reader",
				"tidemark.replicas.replica1.hikari.read-only=true",
				"tidemark.replicas.replica1.hikari.maximum-pool-size=1");
	}

	/**
	 * Its pool keeps connections to it only while it is the primary at its own address.
	 */
	@Test
	void promotedReplicaMovesToThePrimarysAddressAndBack() throws Exception {
		createReader();
		try (TcpProxy proxy = TcpProxy.to(this.primary.host(), this.primary.port())) {
			run((application) -> {
				Notebook.Notes notes = application.getBean(Notebook.Notes.class);
				failOver(application, proxy);
				assertThat(notes.write("followed")).isEqualTo(this.next.port());
				List<Integer> followed = writers(this.next);
				notes.writeAnd("in between", () -> {
					proxy.redirect(this.next.host(), this.next.port());
					proxy.heal();
					awaitPrimary(application, PrimaryStatus.CONFIGURED, 2);
					Awaitility.await().until(() -> writers(this.next).stream().filter(followed::contains).count() == 1);
				});
				assertThat(count(this.next, "in between")).isOne();
				Awaitility.await().until(() -> writers(this.next).stream().noneMatch(followed::contains));
				assertThat(notes.write("moved")).isEqualTo(this.next.port());
				proxy.refuse();
				proxy.cut();
				awaitPrimary(application, "replica1", 2);
				assertThat(notes.write("followed again")).isEqualTo(this.next.port());
			}, "spring.datasource.url=jdbc:postgresql://" + proxy.host() + ":" + proxy.port() + "/postgres",
					"tidemark.replicas.replica1.username=reader", "tidemark.replicas.replica1.password=reader");
		}
	}

	@Test
	void closedApplicationLeavesNoConnectionToAPromotedReplica() throws Exception {
		createReader();
		run((application) -> {
			this.primary.kill();
			this.next.promote();
			awaitPrimary(application, "replica1", 2);
			write(application.getBean(Notebook.Notes.class), "new");
			assertThat(writers(this.next)).isNotEmpty();
			application.close();
			Awaitility.await().until(() -> writers(this.next).isEmpty());
		}, "tidemark.replicas.replica1.username=reader", "tidemark.replicas.replica1.password=reader");
	}

	private void createReader() throws SQLException {
		execute(this.primary, "CREATE ROLE reader LOGIN PASSWORD 'reader' IN ROLE pg_read_all_data");
		this.servers.postgres().awaitReplicated();
	}

	/**
	 * Return the processes that serve connections with the primary's user, but the
	 * monitor's.
	 */
	private static List<Integer> writers(PostgresServer server) {
		return jdbc(server).queryForList("SELECT pid FROM pg_stat_activity WHERE usename = current_user "
				+ "AND backend_type = 'client backend' AND application_name <> 'tidemark-monitor' "
				+ "AND pid <> pg_backend_pid()", Integer.class);
	}

	@Test
	void promotionBesideThePrimaryStealsNoWrites() throws Exception {
		run((application) -> {
			Notebook.Notes notes = application.getBean(Notebook.Notes.class);
			this.next.promote();
			Awaitility.await().until(() -> monitor(application).status().replicas().get(0).position().timeline() == 2);
			assertThat(notes.write("kept")).isEqualTo(this.primary.port());
			assertThat(notes.readPrimary()).isEqualTo(this.primary.port());
			Awaitility.await().until(() -> notes.read() == this.other.port());
			assertThat(monitor(application).status().primary().server()).isEqualTo(PrimaryStatus.CONFIGURED);
		});
	}

	/**
	 * The old primary was only cut off, and takes commits still.
	 */
	@Test
	void transactionOnTheOldPrimaryIsNotCommittedWhenANewOneIsKnown() throws Exception {
		try (TcpProxy proxy = TcpProxy.to(this.primary.host(), this.primary.port())) {
			run((application) -> {
				Notebook.Notes notes = application.getBean(Notebook.Notes.class);
				write(notes, "before");
				assertThatExceptionOfType(ConcurrencyFailureException.class)
					.isThrownBy(() -> notes.writeAnd("late", () -> failOver(application, proxy)))
					.withMessageContaining("another one was promoted meanwhile");
				proxy.heal();
				assertThat(count(this.primary, "late")).isZero();
				assertThat(notes.write("after")).isEqualTo(this.next.port());
				assertThat(count(this.primary, "after")).isZero();
				awaitPrimary(application, "replica1", 2);
			}, "spring.datasource.url=jdbc:postgresql://" + proxy.host() + ":" + proxy.port() + "/postgres");
		}
	}

	/**
	 * A connection that is held over several transactions.
	 */
	@Test
	void heldConnectionLeavesTheOldPrimary() throws Exception {
		try (TcpProxy proxy = TcpProxy.to(this.primary.host(), this.primary.port())) {
			run((application) -> {
				try (Connection connection = application.getBean(DataSource.class).getConnection();
						Statement statement = connection.createStatement()) {
					statement.execute("INSERT INTO note VALUES ('before')");
					failOver(application, proxy);
					proxy.heal();
					try (Statement next = connection.createStatement()) {
						next.execute("INSERT INTO note VALUES ('after')");
					}
				}
				catch (SQLException ex) {
					throw new IllegalStateException(ex);
				}
				assertThat(count(this.primary, "after")).isZero();
				assertThat(count(this.next, "after")).isOne();
			}, "spring.datasource.url=jdbc:postgresql://" + proxy.host() + ":" + proxy.port() + "/postgres");
		}
	}

	@Test
	void urlWithSeveralHostsLeadsToTheNewPrimary() throws Exception {
		run((application) -> {
			Notebook.Notes notes = application.getBean(Notebook.Notes.class);
			write(notes, "before");
			this.primary.kill();
			this.next.promote();
			awaitPrimary(application, PrimaryStatus.CONFIGURED, 2);
			assertThat(notes.write("after")).isEqualTo(this.next.port());
			assertThat(monitor(application).primaryAddress()).endsWith(":" + this.next.port());
			this.primary.start();
			for (int i = 0; i < 20; i++) {
				assertThat(notes.write("after")).isEqualTo(this.next.port());
			}
			assertThat(count(this.primary, "after")).isZero();
		}, "spring.datasource.url=jdbc:postgresql://" + this.primary.host() + ":" + this.primary.port() + ","
				+ this.next.host() + ":" + this.next.port() + "/postgres?targetServerType=primary");
	}

	/**
	 * The pool looks at each connection that it has for five minutes, before the driver
	 * would find the new primary: none must be left.
	 */
	@Test
	void connectionsToAFrozenPrimaryAreNotWaitedFor() throws Exception {
		run((application) -> {
			Notebook.Notes notes = application.getBean(Notebook.Notes.class);
			write(notes, "before");
			this.primary.freeze();
			Awaitility.await().until(() -> monitor(application).status().primary().problem() == PrimaryProblem.SILENT);
			this.next.promote();
			awaitPrimary(application, PrimaryStatus.CONFIGURED, 2);
			assertThat(notes.write("after")).isEqualTo(this.next.port());
		}, "spring.datasource.url=jdbc:postgresql://" + this.next.host() + ":" + this.next.port() + ","
				+ this.primary.host() + ":" + this.primary.port() + "/postgres?targetServerType=primary&loginTimeout=2",
				"spring.datasource.hikari.connection-timeout=600000",
				"spring.datasource.hikari.validation-timeout=300000");
	}

	/**
	 * HikariCP opens one connection after the other, and the driver waits for ever for a
	 * server that has stopped in the middle of a login.
	 */
	@Test
	void loginToAFrozenPrimaryIsGivenUp() throws Exception {
		run((application) -> {
			Notebook.Notes notes = application.getBean(Notebook.Notes.class);
			write(notes, "before");
			this.primary.freeze();
			Awaitility.await().until(() -> monitor(application).status().primary().problem() == PrimaryProblem.SILENT);
			HikariDataSource pool = application.getBean(DataSource.class).unwrap(HikariDataSource.class);
			Awaitility.await().until(() -> pool.getHikariPoolMXBean().getTotalConnections() == 0);
			this.next.promote();
			awaitPrimary(application, PrimaryStatus.CONFIGURED, 2);
			Awaitility.await().ignoreExceptions().until(() -> notes.write("after") == this.next.port());
		}, "spring.datasource.url=jdbc:postgresql://" + this.next.host() + ":" + this.next.port() + ","
				+ this.primary.host() + ":" + this.primary.port()
				+ "/postgres?targetServerType=primary&sslmode=disable",
				"spring.datasource.hikari.connection-timeout=2000");
	}

	/**
	 * What was the primary's connection is kept by the network and dropped by nobody.
	 */
	private void failOver(ConfigurableApplicationContext application, TcpProxy proxy) {
		proxy.refuse();
		try {
			execute(this.primary,
					"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidemark-monitor'");
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
		this.next.promote();
		awaitPrimary(application, "replica1", 2);
	}

	private void run(ThrowingConsumer<ConfigurableApplicationContext> test, String... properties) throws Exception {
		try (ConfigurableApplicationContext application = Notebook.start(this.servers, properties)) {
			Awaitility.await().until(application.getBean(Notebook.Notes.class)::readsReplica);
			test.accept(application);
		}
	}

	private static int write(Notebook.Notes notes, String owner) {
		return notes.write(owner);
	}

	private static ReplicationMonitor monitor(ConfigurableApplicationContext application) {
		return application.getBean(ReplicationMonitor.class);
	}

	private static void awaitPrimary(ConfigurableApplicationContext application, String server, int timeline) {
		Awaitility.await().until(() -> {
			PrimaryStatus status = monitor(application).status().primary();
			return status.reachable() && status.server().equals(server) && status.position().timeline() == timeline;
		});
	}

	private static long count(PostgresServer server, String owner) {
		return jdbc(server).queryForObject("SELECT count(*) FROM note WHERE owner = ?", Long.class, owner);
	}

	private static JdbcTemplate jdbc(PostgresServer server) {
		return new JdbcTemplate(new DriverManagerDataSource(server.jdbcUrl(), server.username(), server.password()));
	}

	private static void execute(PostgresServer server, String sql) throws SQLException {
		try (Connection connection = server.open(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

}
