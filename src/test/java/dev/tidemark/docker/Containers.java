package dev.tidemark.docker;

import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * A primary and replicas as a user of Testcontainers would define them.
 */
public final class Containers {

	private static final String PRIMARY = "host=primary user=test password=test";

	private Containers() {
	}

	/**
	 * Return a primary that replicas can follow.
	 * @param network where replicas find it
	 */
	public static PostgreSQLContainer primary(Network network) {
		return new PostgreSQLContainer(Image.POSTGRES.imageName()).withNetwork(network)
			.withNetworkAliases("primary")
			.withCopyToContainer(
					Transferable.of("echo 'host replication all all scram-sha-256' >> \"$PGDATA/pg_hba.conf\"\n"),
					"/docker-entrypoint-initdb.d/replication.sh");
	}

	/**
	 * Return a streaming replica with its label.
	 * @param name the value of the label
	 * @param primary the primary
	 * @param network where to find it
	 */
	public static GenericContainer<?> replica(String name, PostgreSQLContainer primary, Network network) {
		return new GenericContainer<>(Image.POSTGRES.imageName()).dependsOn(primary)
			.withNetwork(network)
			.withLabel("dev.tidemark.replica", name)
			.withEnv("PGDATA", "/srv/postgres")
			.withExposedPorts(5432)
			.withCreateContainerCmdModifier((command) -> command.withEntrypoint("sh", "-c",
					"pg_basebackup --pgdata=$PGDATA --write-recovery-conf --checkpoint=fast --dbname='" + PRIMARY
							+ " application_name=" + name + "' && exec docker-entrypoint.sh postgres"))
			.waitingFor(Wait.forLogMessage(".*ready to accept read-only connections.*", 1));
	}

}
