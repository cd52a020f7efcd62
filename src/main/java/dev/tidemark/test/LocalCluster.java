package dev.tidemark.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * A primary and its replicas as child processes of this JVM.
 */
final class LocalCluster implements ReplicatedPostgres {

	private static final Logger logger = System.getLogger(LocalCluster.class.getName());

	/**
	 * Data that outlives no crash of the machine needs not be forced to disk. A replica
	 * that was away catches up from what the primary keeps, and looks for its primary
	 * often.
	 */
	private static final Map<String, String> DEFAULTS = Map.of("fsync", "off", "full_page_writes", "off",
			"max_connections", "200", "wal_keep_size", "2GB", "wal_retrieve_retry_interval", "100ms",
			"dynamic_shared_memory_type", "mmap");

	private final OwnedFolder folder;

	private final Map<String, String> settings;

	private final LocalPostgres primary;

	private final List<LocalReplica> replicas = new ArrayList<>();

	private final Thread shutdownHook = new Thread(this::close, "tidemark-postgres-shutdown");

	private final AtomicBoolean closed = new AtomicBoolean();

	private LocalCluster(OwnedFolder folder, Map<String, String> settings, LocalPostgres primary) {
		this.folder = folder;
		this.settings = settings;
		this.primary = primary;
	}

	static LocalCluster start(List<String> replicas, Map<String, String> settings, @Nullable Path logFolder) {
		try {
			UserFolder user = UserFolder.open();
			PostgresBinaries binaries = PostgresBinaries.install(new BinaryCache(user));
			Privileges privileges = Privileges.find(user);
			OwnedFolder folder = OwnedFolder.create(user, "postgres-");
			Path logs = (logFolder != null) ? Files.createDirectories(logFolder) : folder.path();
			DataFolder data = new DataFolder(folder.path().resolve("primary"), binaries, privileges);
			LocalPostgres primary = new LocalPostgres("primary", data, logs.resolve("primary.log"), randomPassword());
			LocalCluster cluster = new LocalCluster(folder, new LinkedHashMap<>(settings), primary);
			Runtime.getRuntime().addShutdownHook(cluster.shutdownHook);
			try {
				cluster.create(replicas, logs);
				cluster.run();
				return cluster;
			}
			catch (IOException | RuntimeException ex) {
				cluster.close(OwnedFolder::deleteAllButLogs);
				throw ex;
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot create the files of a PostgreSQL cluster", ex);
		}
	}

	private void create(List<String> names, Path logs) throws IOException {
		DataFolder data = this.primary.data();
		data.initialize(this.primary.username(), this.primary.password());
		for (String name : names) {
			DataFolder copy = data.copyForStandby(data.path().resolveSibling(name));
			this.replicas.add(new LocalReplica(name, copy, logs.resolve(name + ".log"), this.primary));
		}
	}

	private void run() throws IOException {
		for (int attempt = 1;; attempt++) {
			try {
				configure();
				launch();
				return;
			}
			catch (ServerStartException ex) {
				servers().forEach(LocalPostgres::kill);
				if (!ex.isPortTaken() || attempt == FreePort.ATTEMPTS) {
					throw ex;
				}
			}
		}
	}

	private void configure() throws IOException {
		for (LocalPostgres server : servers()) {
			server.listenOn(FreePort.choose());
			Map<String, String> configuration = new LinkedHashMap<>(DEFAULTS);
			configuration.putAll(this.settings);
			configuration.put("listen_addresses", server.host());
			configuration.put("port", Integer.toString(server.port()));
			configuration.put("unix_socket_directories", "");
			if (server instanceof LocalReplica replica) {
				configuration.put("primary_conninfo", replica.connectionInfo());
			}
			server.data().configure(configuration);
		}
	}

	private void launch() {
		this.primary.start();
		this.replicas.forEach(LocalPostgres::launch);
		this.replicas.forEach(LocalPostgres::awaitReady);
		this.replicas.forEach(LocalReplica::awaitStreaming);
		awaitReplicated();
	}

	private List<LocalPostgres> servers() {
		List<LocalPostgres> servers = new ArrayList<>(this.replicas);
		servers.add(0, this.primary);
		return servers;
	}

	@Override
	public PostgresServer primary() {
		return this.primary;
	}

	@Override
	public List<PostgresReplica> replicas() {
		return List.copyOf(this.replicas);
	}

	@Override
	public void awaitReplicated() {
		// What is not flushed yet is not sent either. A commit flushes all that is before
		// it.
		if (this.primary.ask("select pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn()").equals("t")) {
			this.primary
				.execute("set synchronous_commit to local; select pg_logical_emit_message(true, 'tidemark', '')");
		}
		String position = this.primary.ask("select pg_current_wal_flush_lsn()");
		this.replicas.forEach((replica) -> replica.awaitReplayed(position));
	}

	@Override
	public void close() {
		close(OwnedFolder::delete);
	}

	private void close(Consumer<OwnedFolder> cleanUp) {
		if (!this.closed.compareAndSet(false, true)) {
			return;
		}
		boolean ended = true;
		for (LocalPostgres server : servers()) {
			try {
				server.discard();
			}
			catch (RuntimeException ex) {
				ended = false;
				logger.log(Level.WARNING, "Cannot end " + server + ", its data is left in " + this.folder.path(), ex);
			}
		}
		if (ended) {
			cleanUp.accept(this.folder);
		}
		removeShutdownHook();
	}

	private void removeShutdownHook() {
		try {
			Runtime.getRuntime().removeShutdownHook(this.shutdownHook);
		}
		catch (IllegalStateException ex) {
			// The JVM is shutting down, and this is the hook.
		}
	}

	private static String randomPassword() {
		byte[] bytes = new byte[16];
		new SecureRandom().nextBytes(bytes);
		return HexFormat.of().formatHex(bytes);
	}

}
