package dev.tidemark.app;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

import dev.tidemark.fault.TcpProxy;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import dev.tidemark.wal.PrimaryProblem;
import dev.tidemark.wal.PrimaryStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicationMonitor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Other servers than before are behind the configured addresses, and later the right ones
 * again.
 */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SwappedServersTests {

	private static Servers servers;

	private static ReplicatedPostgres foreign;

	private static PostgresServer primary;

	private static PostgresReplica replica1;

	private static PostgresReplica replica2;

	private static final Map<String, TcpProxy> proxies = new LinkedHashMap<>();

	private static ConfigurableApplicationContext application;

	private static Notebook.Notes notes;

	private static ReplicationMonitor monitor;

	@BeforeAll
	static void start() throws SQLException {
		servers = new Servers();
		foreign = ReplicatedPostgres.builder().replicas("foreign").start();
		primary = servers.postgres().primary();
		replica1 = servers.postgres().replica("replica1");
		replica2 = servers.postgres().replica("replica2");
		for (PostgresServer server : new PostgresServer[] { primary, foreign.primary() }) {
			execute(server, "CREATE TABLE note (owner text)");
			execute(server, "CREATE ROLE app LOGIN PASSWORD 'app'");
			execute(server, "GRANT ALL ON note TO app");
		}
		foreign.awaitReplicated();
		servers.postgres().awaitReplicated();
		for (PostgresServer server : new PostgresServer[] { primary, replica1 }) {
			proxies.put(server.name(), TcpProxy.to(server.host(), server.port()));
		}
		application = Notebook.start(servers, "spring.datasource.url=" + url("primary"),
				"spring.datasource.username=app", "spring.datasource.password=app",
				"tidemark.replicas.replica1.url=" + url("replica1"));
		notes = application.getBean(Notebook.Notes.class);
		monitor = application.getBean(ReplicationMonitor.class);
	}

	private static String url(String proxy) {
		return "jdbc:postgresql://" + proxies.get(proxy).host() + ":" + proxies.get(proxy).port() + "/postgres";
	}

	@AfterAll
	static void stop() {
		application.close();
		proxies.values().forEach(TcpProxy::close);
		foreign.close();
		servers.close();
	}

	@BeforeEach
	void awaitOrder() {
		Awaitility.await()
			.until(() -> monitor.status().primary().reachable() && monitor.status()
				.replicas()
				.stream()
				.allMatch((replica) -> replica.state() == ReplicaState.REPLICATING));
		assertThat(monitor.status().primary().server()).isEqualTo(PrimaryStatus.CONFIGURED);
		Awaitility.await().ignoreExceptions().until(() -> notes.write("somebody") == primary.port());
	}

	@AfterEach
	void order() {
		lead("primary", primary);
		lead("replica1", replica1);
	}

	@Test
	void primaryAndReplicaSwapped() {
		lead("primary", replica1);
		lead("replica1", primary);
		readWhile(() -> monitor.status().primary().server().equals("replica1"));
		assertWriteReachesThePrimary();
		assertThat(notes.readPrimary()).isEqualTo(primary.port());
		assertThat(notes.read()).isEqualTo(replica2.port());
		order();
		readWhile(() -> monitor.status().primary().server().equals(PrimaryStatus.CONFIGURED));
		assertWriteReachesThePrimary();
	}

	@Test
	void replicaAtThePrimarysAddress() {
		lead("primary", replica2);
		readWhile(() -> monitor.status().primary().problem() == PrimaryProblem.IN_RECOVERY);
		assertWriteFails("is in recovery: it is a replica");
		order();
		readWhile(() -> monitor.status().primary().reachable());
		assertWriteReachesThePrimary();
	}

	@Test
	void foreignPrimaryAtThePrimarysAddress() throws SQLException {
		lead("primary", foreign.primary());
		readWhile(() -> monitor.status().primary().problem() == PrimaryProblem.FOREIGN_CLUSTER);
		assertWriteFails("belongs to another cluster");
		assertThat(rows(foreign.primary())).isZero();
		order();
		readWhile(() -> monitor.status().primary().reachable());
		assertWriteReachesThePrimary();
	}

	@Test
	void foreignReplicaAtAReplicasAddress() {
		lead("replica1", foreign.replica("foreign"));
		readWhile(() -> monitor.status().replicas().get(0).state() == ReplicaState.FOREIGN_CLUSTER);
		assertThat(notes.read()).isEqualTo(replica2.port());
		order();
		readWhile(() -> monitor.status().replicas().get(0).state() == ReplicaState.REPLICATING);
	}

	/**
	 * Also connections that were opened before the address led elsewhere again.
	 */
	@Test
	void connectionsToTheWrongServerAreNotKept() {
		proxies.get("primary").lead(replica2.host(), replica2.port());
		proxies.get("primary").cut();
		assertWriteFails("is in recovery");
		proxies.get("primary").lead(primary.host(), primary.port());
		Awaitility.await().until(() -> monitor.status().primary().reachable());
		assertWriteReachesThePrimary();
	}

	/**
	 * No read fails, and none runs elsewhere than on our servers.
	 */
	private static void readWhile(Callable<Boolean> until) {
		Awaitility.await().until(() -> {
			assertThat(notes.read()).isIn(primary.port(), replica1.port(), replica2.port());
			return until.call();
		});
	}

	/**
	 * A connection that was just cut may fail once more.
	 */
	private static void assertWriteReachesThePrimary() {
		Awaitility.await().ignoreExceptionsInstanceOf(DataAccessException.class).until(() -> {
			assertThat(notes.write("alice")).isEqualTo(primary.port());
			return true;
		});
	}

	private static void assertWriteFails(String why) {
		Awaitility.await()
			.untilAsserted(
					() -> assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> notes.write("nobody"))
						.withMessageContaining("There is no connection to the primary")
						.withMessageContaining(why));
	}

	private static void lead(String address, PostgresServer server) {
		TcpProxy proxy = proxies.get(address);
		proxy.lead(server.host(), server.port());
		proxy.cut();
	}

	private static void execute(PostgresServer server, String sql) throws SQLException {
		try (Connection connection = server.open(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static long rows(PostgresServer server) throws SQLException {
		try (Connection connection = server.open();
				Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("SELECT count(*) FROM note")) {
			row.next();
			return row.getLong(1);
		}
	}

}
