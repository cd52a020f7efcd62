package dev.tidemark.test;

import java.nio.file.Path;
import java.time.Duration;

/**
 * A streaming replica that runs as a child process of this JVM.
 */
final class LocalReplica extends LocalPostgres implements PostgresReplica {

	private final Replication replication;

	LocalReplica(String name, DataFolder data, Path logFile, LocalPostgres primary) {
		super(name, data, logFile, primary.password());
		this.replication = new Replication(this, primary);
	}

	Replication replication() {
		return this.replication;
	}

	@Override
	void configure(int port, Configuration configuration) {
		super.configure(port, configuration.with("primary_conninfo", this.replication.connectionInfo()));
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
