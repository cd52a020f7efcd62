package dev.tidemark.test;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * A primary and its replicas as child processes of this JVM.
 */
final class LocalCluster implements ReplicatedPostgres {

	private static final Logger logger = System.getLogger(LocalCluster.class.getName());

	private final OwnedFolder folder;

	private final Path logs;

	private final DataFolder data;

	private final LocalPostgres primary;

	private final List<LocalReplica> replicas = new CopyOnWriteArrayList<>();

	private final ShutdownHook shutdownHook = ShutdownHook.register("tidemark-postgres-shutdown", this::close);

	private boolean closed;

	private LocalCluster(OwnedFolder folder, Path logs, DataFolder data) {
		this.folder = folder;
		this.logs = logs;
		this.data = data;
		this.primary = new LocalPostgres("primary", data, logs.resolve("primary.log"), RandomPassword.create());
	}

	/**
	 * Start a cluster.
	 * @param replicas the names of the replicas
	 * @param settings parameters of all servers
	 * @param logFolder where to write the logs to, or {@code null} for beside the data
	 * @param ports chooses free ports
	 */
	static LocalCluster start(List<String> replicas, Map<String, String> settings, @Nullable Path logFolder,
			IntSupplier ports) {
		try {
			UserFolder user = UserFolder.open();
			PostgresBinaries binaries = PostgresBinaries.install(new BinaryCache(user));
			Privileges privileges = Privileges.find(user);
			OwnedFolder folder = OwnedFolder.create(user, "postgres-");
			Path logs = (logFolder != null) ? Files.createDirectories(logFolder) : folder.path();
			DataFolder data = new DataFolder(folder.path().resolve("primary"), binaries, privileges);
			LocalCluster cluster = new LocalCluster(folder, logs, data);
			try {
				cluster.create(replicas);
				cluster.start(Configuration.DEFAULT.with(settings), ports);
				return cluster;
			}
			catch (IOException | RuntimeException ex) {
				cluster.close(OwnedFolder::deleteAllButLogs);
				throw ex;
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException("Cannot create the files of a PostgreSQL cluster", ex);
		}
	}

	private void create(List<String> names) throws IOException {
		this.data.initialize(this.primary.username(), this.primary.password());
		this.replicas.addAll(names.parallelStream().map(this::createReplica).toList());
	}

	private LocalReplica createReplica(String name) {
		DataFolder copy = this.data.copyForStandby(this.folder.path().resolve(name));
		return new LocalReplica(name, copy, this.logs.resolve(name + ".log"), this.primary);
	}

	private void start(Configuration configuration, IntSupplier ports) {
		for (int attempt = 1;; attempt++) {
			try {
				servers().forEach((server) -> server.configure(ports.getAsInt(), configuration));
				start();
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

	private void start() {
		this.primary.start();
		this.replicas.forEach(LocalPostgres::launch);
		this.replicas.forEach(LocalPostgres::awaitReady);
		this.replicas.forEach((replica) -> replica.replication().awaitStreaming());
		awaitReplicated();
	}

	private Stream<LocalPostgres> servers() {
		return Stream.concat(Stream.of(this.primary), this.replicas.stream());
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
		Replication.awaitReplicated(this.replicas.stream().map(LocalReplica::replication).toList());
	}

	@Override
	public void close() {
		close(OwnedFolder::delete);
	}

	private synchronized void close(Consumer<OwnedFolder> cleanUp) {
		if (this.closed) {
			return;
		}
		try {
			Await.uninterrupted(() -> servers().forEach(LocalPostgres::discard));
			cleanUp.accept(this.folder);
			this.shutdownHook.remove();
			this.closed = true;
		}
		catch (RuntimeException ex) {
			logger.log(Level.WARNING, "Cannot end the PostgreSQL servers in " + this.folder.path(), ex);
		}
	}

}
