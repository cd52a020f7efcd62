package dev.tidemark.test;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server that runs as a child process of this JVM.
 */
class LocalPostgres implements ManagedPostgres {

	private static final Duration QUIT_LIMIT = Duration.ofSeconds(10);

	private final String name;

	private final DataFolder data;

	private final ServerLog log;

	private final String password;

	private final SqlClient sql = new SqlClient(this);

	private volatile int port;

	private volatile @Nullable ServerProcess process;

	private long logStart;

	private boolean discarded;

	LocalPostgres(String name, DataFolder data, Path logFile, String password) {
		this.name = name;
		this.data = data;
		this.log = new ServerLog(logFile);
		this.password = password;
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public String username() {
		return "postgres";
	}

	@Override
	public String password() {
		return this.password;
	}

	@Override
	public String host() {
		return "127.0.0.1";
	}

	@Override
	public int port() {
		return this.port;
	}

	@Override
	public Path logFile() {
		return this.log.file();
	}

	@Override
	public Connection open() throws SQLException {
		return DriverManager.getConnection(jdbcUrl(), username(), password());
	}

	@Override
	public boolean isRunning() {
		ServerProcess process = this.process;
		return process != null && process.isAlive();
	}

	@Override
	public boolean isResponsive() {
		ServerProcess process = this.process;
		return process != null && process.isAlive() && !process.isFrozen();
	}

	@Override
	public void start() {
		launch();
		awaitReady();
	}

	@Override
	public synchronized void stop() {
		ServerProcess process = this.process;
		if (process != null && !process.end("INT", Await.LIMIT)) {
			throw new IllegalStateException(this.name + " has not stopped within " + Await.LIMIT.toSeconds()
					+ " seconds. A primary waits for frozen replicas: thaw() them, or use kill(). Its log: "
					+ this.log.file());
		}
	}

	@Override
	public synchronized void kill() {
		if (isRunning()) {
			process().kill();
			this.data.releaseSharedMemory();
		}
	}

	@Override
	public synchronized void freeze() {
		process().freeze();
	}

	@Override
	public synchronized void thaw() {
		process().thaw();
	}

	/**
	 * End the server for good, in whatever state it is.
	 */
	synchronized void discard() {
		this.discarded = true;
		if (isRunning() && !process().end("QUIT", QUIT_LIMIT)) {
			kill();
		}
	}

	/**
	 * Set the port and the configuration for the next start.
	 * @param port the port to listen on
	 * @param configuration all parameters of the server, its addresses excepted
	 */
	void configure(int port, Configuration configuration) {
		this.port = port;
		this.data.configure(configuration.with("listen_addresses", host())
			.with("port", Integer.toString(port))
			.with("unix_socket_directories", ""));
	}

	/**
	 * Start the process, unless it runs.
	 */
	synchronized void launch() {
		if (this.discarded) {
			throw new IllegalStateException("The cluster of " + this.name + " was closed, start another one");
		}
		if (!isRunning()) {
			this.logStart = this.log.end();
			this.process = ServerProcess.start(this.data.serverCommand(), this.log.file());
		}
	}

	/**
	 * Wait until the process accepts connections, unless it is frozen.
	 * @throws ServerStartException when it does not come to that
	 */
	synchronized void awaitReady() {
		ServerProcess process = this.process;
		if (process == null || process.isFrozen()) {
			return;
		}
		boolean decided = Await.within(Await.LIMIT, () -> !process.isAlive() || this.data.isReady(process.pid()));
		if (!process.isAlive()) {
			boolean portTaken = this.log.since(this.logStart).contains("could not create any TCP/IP sockets");
			throw new ServerStartException(
					this.name + (portTaken ? " cannot start, as another process has taken its port " + this.port
							: " has ended while it was starting"),
					this.log, this.logStart, portTaken);
		}
		if (!decided) {
			throw new ServerStartException(
					this.name + " does not accept connections after " + Await.LIMIT.toSeconds() + " seconds", this.log,
					this.logStart, false);
		}
	}

	@Override
	public SqlClient sql() {
		if (process().isFrozen()) {
			throw new IllegalStateException(this.name + " is frozen: thaw() it first");
		}
		return this.sql;
	}

	@Override
	public void endChild(long pid) {
		process().endChild(pid);
	}

	@Override
	public String addressForReplicas() {
		return "host=" + host() + " port=" + this.port;
	}

	private ServerProcess process() {
		ServerProcess process = this.process;
		if (process == null || !process.isAlive()) {
			throw new IllegalStateException(this.name + " does not run: start() it first");
		}
		return process;
	}

	@Override
	public String toString() {
		return this.name + " at " + jdbcUrl();
	}

}
