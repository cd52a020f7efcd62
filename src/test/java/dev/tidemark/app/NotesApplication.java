package dev.tidemark.app;

import java.util.stream.Stream;

import dev.tidemark.ConsistencySession;
import dev.tidemark.marker.Markers;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * One instance of an application whose users write notes and count them, at level
 * {@code READ_YOUR_WRITES}: who read the primary is free to read a replica next.
 */
final class NotesApplication implements AutoCloseable {

	private final ConfigurableApplicationContext context;

	private final JdbcTemplate jdbc;

	private final ConsistencySession sessions;

	private final TransactionTemplate readOnly;

	private NotesApplication(ConfigurableApplicationContext context) {
		this.context = context;
		this.jdbc = context.getBean(JdbcTemplate.class);
		this.sessions = context.getBean(ConsistencySession.class);
		this.readOnly = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
		this.readOnly.setReadOnly(true);
	}

	static NotesApplication on(Servers servers, String[] some, String... more) {
		return new NotesApplication(servers.start(Application.class, WebApplicationType.NONE,
				Stream
					.of(Stream.of(some), Stream.of(more),
							Stream.of("tidemark.consistency.default-level=read-your-writes",
									"tidemark.marker.timeout=200ms"))
					.flatMap((properties) -> properties)
					.toArray(String[]::new)));
	}

	void write(String user) {
		this.sessions.runAs(user, () -> this.jdbc.update("INSERT INTO note VALUES (?)", user));
	}

	Notes read(String user) {
		try {
			return this.sessions.callAs(user,
					() -> this.readOnly.execute((status) -> this.jdbc.queryForObject(
							"SELECT count(*), pg_is_in_recovery() FROM note WHERE owner = ?",
							(row, number) -> new Notes(row.getInt(1), row.getBoolean(2)), user)));
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	boolean trustsMarkers() {
		return this.context.getBean(Markers.class).isAvailable();
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * What a user finds, and where.
	 */
	record Notes(int notes, boolean onReplica) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
