package dev.tidemark.test;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;

import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server that runs as a child process of this JVM.
 */
class LocalPostgres implements PostgresServer {

	static final String SUPERUSER = "postgres";

	private static final Duration QUIT_LIMIT = Duration.ofSeconds(10);

	private final String name;

	private final DataFolder data;

	private final ServerLog log;

	private final String password;

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
		return SUPERUSER;
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
		return DriverManager.getConnection(jdbcUrl(), SUPERUSER, this.password);
	}

	@Override
	public boolean isRunning() {
		ServerProcess process = this.process;
		return process != null && process.isAlive();
	}

	boolean isFrozen() {
		ServerProcess process = this.process;
		return process != null && process.isFrozen();
	}

	void listenOn(int port) {
		this.port = port;
	}

	DataFolder data() {
		return this.data;
	}

	@Override
	public void start() {
		launch();
		awaitReady();
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
	 * Wait until the process accepts connections.
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
					portTaken ? this.name + " cannot start, as another process has taken its port " + this.port
							: this.name + " has ended while it was starting",
					this.log, this.logStart, portTaken);
		}
		if (!decided) {
			throw new ServerStartException(
					this.name + " does not accept connections after " + Await.LIMIT.toSeconds() + " seconds", this.log,
					this.logStart, false);
		}
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
		ServerProcess process = this.process;
		if (process != null) {
			process.kill();
		}
	}

	@Override
	public synchronized void freeze() {
		runningProcess().freeze();
	}

	@Override
	public synchronized void thaw() {
		runningProcess().thaw();
	}

	/**
	 * End the server for good, in whatever state it is.
	 */
	synchronized void discard() {
		this.discarded = true;
		ServerProcess process = this.process;
		if (process != null && !process.end("QUIT", QUIT_LIMIT)) {
			process.kill();
		}
	}

	ServerProcess runningProcess() {
		ServerProcess process = this.process;
		if (process == null || !process.isAlive()) {
			throw new IllegalStateException(this.name + " does not run: start() it first");
		}
		return process;
	}

	/**
	 * Execute a statement that returns one value, on a connection of its own.
	 * @return the value as text
	 * @throws IllegalStateException when the server does not answer
	 */
	String ask(String sql) {
		return onConnection(sql, (statement) -> {
			try (ResultSet result = statement.executeQuery(sql)) {
				result.next();
				return result.getString(1);
			}
		});
	}

	/**
	 * Execute a statement, on a connection of its own.
	 * @throws IllegalStateException when the server does not answer
	 */
	void execute(String sql) {
		onConnection(sql, (statement) -> statement.execute(sql));
	}

	private <T> T onConnection(String sql, StatementCallback<T> callback) {
		if (runningProcess().isFrozen()) {
			throw new IllegalStateException(this.name + " is frozen: thaw() it first");
		}
		Properties properties = new Properties();
		properties.setProperty("user", SUPERUSER);
		properties.setProperty("password", this.password);
		properties.setProperty("sslmode", "disable");
		properties.setProperty("loginTimeout", "30");
		properties.setProperty("socketTimeout", Long.toString(Await.LIMIT.toSeconds() + 10));
		properties.setProperty("ApplicationName", "tidemark-test");
		try (Connection connection = DriverManager.getConnection(jdbcUrl(), properties);
				Statement statement = connection.createStatement()) {
			return callback.run(statement);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(this.name + " has not executed '" + sql + "'. Its log: " + this.log.file(),
					ex);
		}
	}

	@Override
	public String toString() {
		return this.name + " at " + jdbcUrl();
	}

	@FunctionalInterface
	private interface StatementCallback<T> {

		T run(Statement statement) throws SQLException;

	}

}
