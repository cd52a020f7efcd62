package dev.tidemark.test;

import java.nio.file.Path;
import java.time.Duration;

import org.testcontainers.containers.Network;

/**
 * A streaming replica that runs in a container.
 */
final class ContainerReplica extends ContainerPostgres implements PostgresReplica {

	private static final String COPY_PRIMARY_ONCE = """
			if [ ! -s "$PGDATA/PG_VERSION" ]; then
				pg_basebackup --pgdata="$PGDATA" --write-recovery-conf --checkpoint=fast --dbname="$PRIMARY" || exit 1
			fi
			exec docker-entrypoint.sh "$@"
			""";

	private final Replication replication;

	ContainerReplica(String name, String image, Network network, ContainerPostgres primary, Path logFile, int port) {
		super(name, image, network, primary.password(), logFile, port);
		this.replication = new Replication(this, primary);
		container().withEnv("PRIMARY", this.replication.connectionInfo())
			.withCreateContainerCmdModifier(
					(command) -> command.withEntrypoint("sh", "-c", COPY_PRIMARY_ONCE, "copy-primary-once"));
	}

	Replication replication() {
		return this.replication;
	}

	@Override
	public synchronized void pauseReplay() {
		this.replication.pauseReplay();
	}

	@Override
	public synchronized void resumeReplay() {
		this.replication.resumeReplay();
	}

	@Override
	public synchronized void delayReplay(Duration delay) {
		this.replication.delayReplay(delay);
	}

	@Override
	public synchronized void disconnectFromPrimary() {
		this.replication.disconnectFromPrimary();
	}

	@Override
	public synchronized void reconnectToPrimary() {
		this.replication.reconnectToPrimary();
	}

	@Override
	public synchronized void follow(PostgresServer primary) {
		this.replication.follow(primary);
	}

	@Override
	public synchronized void promote() {
		this.replication.promote();
	}

}
