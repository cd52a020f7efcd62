package dev.tidemark.test;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL primary and its streaming replicas, all running: as processes of this
 * machine, or in containers. Listens on free ports, processes on those of
 * {@code 127.0.0.1} only; the superuser has a random password.
 *
 * <pre class="code">
 * try (ReplicatedPostgres postgres = ReplicatedPostgres.builder().start()) {
 *     postgres.replica("replica1").pauseReplay();
 *     // write to postgres.primary(): replica1 does not see it, replica2 does
 * }
 * </pre>
 *
 * It may be used from any thread.
 */
public interface ReplicatedPostgres extends AutoCloseable {

	/**
	 * A builder of a cluster that runs on this machine, from the binaries on the class
	 * path, unless it is asked for {@linkplain Builder#containers(String) containers}.
	 */
	static Builder builder() {
		return new Builder();
	}

	/**
	 * The server that was started as the primary.
	 */
	PostgresServer primary();

	/**
	 * The replicas in the order in which they were named.
	 */
	List<PostgresReplica> replicas();

	/**
	 * Return the replica of this name.
	 * @throws IllegalArgumentException when there is none
	 */
	default PostgresReplica replica(String name) {
		return replicas().stream()
			.filter((replica) -> replica.name().equals(name))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("There is no replica '" + name + "', only "
					+ replicas().stream().map(PostgresReplica::name).toList()));
	}

	/**
	 * Wait until each replica has replayed everything that was committed on the primary
	 * it follows before this call. Left out are replicas that cannot get there by
	 * themselves: those that are stopped, frozen, paused, delayed, disconnected or
	 * promoted. It may write a message to the WAL of the primary, never to a table.
	 * @throws IllegalStateException when the primary cannot be asked, or when a replica
	 * has not replayed everything within a minute
	 */
	void awaitReplicated();

	/**
	 * Stop all servers and delete their data. Done by itself when the JVM ends; when it
	 * is killed, the next start on this machine does it, or Testcontainers. Never throws:
	 * what could not be cleaned up is logged.
	 */
	@Override
	void close();

	/**
	 * What a cluster shall be like. Not safe for use by several threads.
	 */
	final class Builder {

		private static final Pattern REPLICA_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,62}");

		private static final Pattern SETTING_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");

		private static final Set<String> OWN_SETTINGS = Set.of("port", "listen_addresses", "unix_socket_directories",
				"data_directory", "primary_conninfo", "logging_collector");

		private final Map<String, String> settings = new LinkedHashMap<>();

		private List<String> replicas = List.of("replica1", "replica2");

		private @Nullable Path logFolder;

		private @Nullable String image;

		Builder() {
		}

		/**
		 * Name the replicas; {@code replica1} and {@code replica2} when this is not
		 * called. No name at all makes a primary without replicas.
		 * @param names different names of letters, digits, {@code _} and {@code -}, at
		 * most 63 characters, none of them {@code primary}
		 * @throws IllegalArgumentException when they are not like that
		 */
		public Builder replicas(String... names) {
			for (String name : names) {
				if (!REPLICA_NAME.matcher(name).matches() || name.equals("primary")) {
					throw new IllegalArgumentException("'" + name + "' cannot be the name of a replica: "
							+ "use letters, digits, '_' and '-', and not 'primary'");
				}
			}
			if (Set.copyOf(List.of(names)).size() < names.length) {
				throw new IllegalArgumentException("Two replicas have the same name: " + List.of(names));
			}
			this.replicas = List.of(names);
			return this;
		}

		/**
		 * Set a configuration parameter ({@code postgresql.conf}) of every server, for
		 * example {@code log_statement} to {@code all}.
		 * @param name the name of the parameter
		 * @param value its value, unquoted
		 * @throws IllegalArgumentException when the name is none, or is one that the
		 * cluster sets itself
		 */
		public Builder setting(String name, String value) {
			if (!SETTING_NAME.matcher(name).matches()) {
				throw new IllegalArgumentException("'" + name + "' is not the name of a PostgreSQL parameter");
			}
			if (OWN_SETTINGS.contains(name)) {
				throw new IllegalArgumentException("The cluster sets these parameters itself, leave '" + name
						+ "' away: " + new TreeSet<>(OWN_SETTINGS));
			}
			this.settings.put(name, value);
			return this;
		}

		/**
		 * Write the logs of the servers to this folder, as {@code <name>.log}, and keep
		 * them. Otherwise they lie beside the data and are deleted with it, except those
		 * of a start that failed.
		 * @param folder a folder, created if it does not exist
		 */
		public Builder logsTo(Path folder) {
			this.logFolder = folder.toAbsolutePath();
			return this;
		}

		/**
		 * Run the servers in containers, by Testcontainers.
		 * @param image an image that behaves like the official one of PostgreSQL, with
		 * its tag, for example {@code postgres:18-alpine}
		 */
		public Builder containers(String image) {
			this.image = image;
			return this;
		}

		/**
		 * Start the servers.
		 * @return a cluster whose replicas stream from the primary
		 * @throws IllegalStateException when the binaries or Testcontainers are missing,
		 * or a server did not start; the message ends with what that server logged
		 */
		public ReplicatedPostgres start() {
			if (this.image != null) {
				return startContainers(this.image);
			}
			return LocalCluster.start(this.replicas, this.settings, this.logFolder, FreePort::choose);
		}

		private ReplicatedPostgres startContainers(String image) {
			try {
				return ContainerCluster.start(image, this.replicas, this.settings, this.logFolder);
			}
			catch (NoClassDefFoundError ex) {
				throw new IllegalStateException("Testcontainers is missing. Add org.testcontainers:testcontainers "
						+ "to the test's dependencies", ex);
			}
		}

	}

}
