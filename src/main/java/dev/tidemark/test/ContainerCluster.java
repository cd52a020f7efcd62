package dev.tidemark.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.Network;
import org.testcontainers.images.builder.Transferable;

/**
 * A primary and its replicas in containers, by Testcontainers.
 */
final class ContainerCluster implements ReplicatedPostgres {

	private static final Logger logger = System.getLogger(ContainerCluster.class.getName());

	private static final String LET_REPLICAS_IN = """
			echo 'host replication all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
			""";

	private final Network network = Network.newNetwork();

	private final @Nullable Path ownLogs;

	private final ContainerPostgres primary;

	private final List<ContainerReplica> replicas;

	private final ShutdownHook shutdownHook = ShutdownHook.register("tidemark-containers-shutdown", this::close);

	private boolean closed;

	private ContainerCluster(String image, List<String> names, Configuration configuration, Path logs,
			boolean ownLogs) {
		this.ownLogs = ownLogs ? logs : null;
		this.primary = new ContainerPostgres("primary", image, this.network, RandomPassword.create(),
				logs.resolve("primary.log"), FreePort.choose());
		this.replicas = names.stream()
			.map((name) -> new ContainerReplica(name, image, this.network, this.primary, logs.resolve(name + ".log"),
					FreePort.choose()))
			.toList();
		this.primary.container()
			.withCopyToContainer(Transferable.of(LET_REPLICAS_IN), "/docker-entrypoint-initdb.d/let-replicas-in.sh");
		servers().forEach((server) -> server.configure(configuration));
	}

	/**
	 * Start a cluster.
	 * @param image an image of PostgreSQL, with its tag
	 * @param replicas the names of the replicas
	 * @param settings parameters of all servers
	 * @param logFolder where to write the logs to, or {@code null} for a folder that is
	 * deleted in the end
	 */
	static ContainerCluster start(String image, List<String> replicas, Map<String, String> settings,
			@Nullable Path logFolder) {
		try {
			Path logs = (logFolder != null) ? Files.createDirectories(logFolder)
					: Files.createTempDirectory("tidemark-logs-");
			ContainerCluster cluster = new ContainerCluster(image, replicas, Configuration.DEFAULT.with(settings), logs,
					logFolder == null);
			try {
				cluster.start();
				return cluster;
			}
			catch (RuntimeException ex) {
				cluster.close();
				throw ex;
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void start() {
		this.primary.start();
		this.replicas.parallelStream().forEach(ContainerPostgres::start);
		this.replicas.forEach((replica) -> replica.replication().awaitStreaming());
		awaitReplicated();
	}

	private Stream<ContainerPostgres> servers() {
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
		Replication.awaitReplicated(this.replicas.stream().map(ContainerReplica::replication).toList());
	}

	@Override
	public synchronized void close() {
		if (this.closed) {
			return;
		}
		try {
			Await.uninterrupted(() -> servers().forEach(ContainerPostgres::discard));
			this.network.close();
			if (this.ownLogs != null) {
				FileTree.delete(this.ownLogs);
			}
			this.shutdownHook.remove();
			this.closed = true;
		}
		catch (IOException | RuntimeException ex) {
			logger.log(Level.WARNING, "Cannot remove the containers of a PostgreSQL cluster", ex);
		}
	}

}
