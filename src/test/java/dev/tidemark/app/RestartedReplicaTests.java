package dev.tidemark.app;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.wal.ReplicationMonitor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A replica that comes back older than it was, between the decision for it and the
 * connection to it: RYW.
 */
class RestartedReplicaTests {

	private static final String RESTART_POINT = "SELECT redo_lsn FROM pg_control_checkpoint()";

	/**
	 * The restart is found by bob's read, so that the connection that alice gets is none
	 * that nobody has used.
	 */
	@Test
	void isNotReadWhenAnotherReadHasFoundTheRestart() throws Exception {
		try (Servers servers = new Servers()) {
			PostgresServer primary = servers.postgres().primary();
			PostgresReplica replica = servers.postgres().replica("replica1");
			ask(primary, "CREATE TABLE note (owner text); SELECT 1");
			servers.postgres().awaitReplicated();
			try (ConfigurableApplicationContext application = servers.start(Application.class, WebApplicationType.NONE,
					"tidemark.monitor.interval=1h", "tidemark.consistency.max-staleness=2h", "tidemark.marker.ttl=3h",
					"tidemark.consistency.default-level=read-your-writes")) {
				application.getBean(ReplicationMonitor.class).drain("replica2", true);
				Notebook.Notes notes = application.getBean(Notebook.Notes.class);
				makeRestartPoint(primary, replica);
				Notebook.as(application, "alice", () -> notes.write("alice"));
				Awaitility.await().until(() -> Notebook.as(application, "alice", notes::readsReplica));
				replica.delayReplay(Duration.ofHours(1));
				application.getBean(Application.class).before.set((pool) -> {
					replica.kill();
					replica.start();
					pool.getHikariPoolMXBean().softEvictConnections();
					assertThat(ask(replica, "SELECT count(*) FROM note")).isEqualTo("0");
					assertThat(CompletableFuture.supplyAsync(() -> Notebook.as(application, "bob", notes::readsReplica))
						.join()).isTrue();
				});
				assertThat(Notebook.as(application, "alice", () -> notes.count("alice"))).isOne();
			}
		}
	}

	/**
	 * What comes later is not there after a restart, as long as replay is delayed.
	 */
	private static void makeRestartPoint(PostgresServer primary, PostgresServer replica) {
		ask(primary, "CHECKPOINT; SELECT 1");
		String start = ask(primary, RESTART_POINT);
		Awaitility.await()
			.until(() -> ask(replica, "CHECKPOINT; SELECT (" + RESTART_POINT + ") >= '" + start + "'").equals("t"));
	}

	private static String ask(PostgresServer server, String sql) {
		try (Connection connection = server.open(); Statement statement = connection.createStatement()) {
			boolean rows = statement.execute(sql);
			while (!rows) {
				rows = statement.getMoreResults();
			}
			ResultSet row = statement.getResultSet();
			row.next();
			return row.getString(1);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Import(Notebook.class)
	static class Application {

		/**
		 * What happens once before a connection to the replica is taken.
		 */
		private final AtomicReference<Consumer<HikariDataSource>> before = new AtomicReference<>();

		@Bean
		static BeanPostProcessor pool(ObjectProvider<Application> application) {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessBeforeInitialization(Object bean, String name) {
					if (!(bean instanceof HikariDataSource pool) || !"replica1".equals(pool.getPoolName())) {
						return bean;
					}
					HikariDataSource late = new LatePool(application.getObject().before);
					pool.copyStateTo(late);
					return late;
				}

			};
		}

	}

	private static final class LatePool extends HikariDataSource {

		private final AtomicReference<Consumer<HikariDataSource>> before;

		LatePool(AtomicReference<Consumer<HikariDataSource>> before) {
			this.before = before;
		}

		@Override
		public Connection getConnection() throws SQLException {
			Consumer<HikariDataSource> once = this.before.getAndSet(null);
			if (once != null) {
				once.accept(this);
			}
			return super.getConnection();
		}

	}

}
