package dev.tidemark.test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A Redis server that runs as a child process of this JVM, on a free port of
 * {@code 127.0.0.1}, and saves nothing.
 * <p>
 * Every operation returns when its effect can be observed, is without effect when the
 * server is in the wanted state already, and throws {@link IllegalStateException} with
 * the reason when the server did not get there within a minute. The methods may be called
 * from any thread and run one after the other.
 */
public final class EmbeddedRedis implements AutoCloseable {

	private static final int SOCKET_TIMEOUT_MILLIS = 5_000;

	private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

	private final OwnedFolder folder;

	private final Path binary;

	private final List<String> arguments;

	private final ServerLog log;

	private final Thread shutdownHook = new Thread(this::close, "tidemark-redis-shutdown");

	private volatile int port;

	private volatile @Nullable ServerProcess process;

	private boolean closed;

	private EmbeddedRedis(OwnedFolder folder, Path binary, List<String> arguments) {
		this.folder = folder;
		this.binary = binary;
		this.arguments = arguments;
		this.log = new ServerLog(folder.path().resolve("redis.log"));
	}

	/**
	 * Start a server.
	 * @param arguments further arguments of {@code redis-server}, for example
	 * {@code "--maxmemory", "1mb"}
	 * @throws IllegalStateException when the binaries are missing or the server did not
	 * start; the message ends with what it logged
	 */
	public static EmbeddedRedis start(String... arguments) {
		try {
			UserFolder user = UserFolder.open();
			Path binary = RedisBinary.install(new BinaryCache(user));
			EmbeddedRedis redis = new EmbeddedRedis(OwnedFolder.create(user, "redis-"), binary, List.of(arguments));
			Runtime.getRuntime().addShutdownHook(redis.shutdownHook);
			try {
				redis.launchOnFreePort();
				return redis;
			}
			catch (RuntimeException ex) {
				redis.close(false);
				throw ex;
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot create the files of a Redis server", ex);
		}
	}

	public String host() {
		return "127.0.0.1";
	}

	/**
	 * The port, which stays the same across {@link #stop()}, {@link #kill()} and
	 * {@link #restart()}.
	 */
	public int port() {
		return this.port;
	}

	/**
	 * Whether the process of the server exists. True for a frozen server as well.
	 */
	public boolean isRunning() {
		ServerProcess process = this.process;
		return process != null && process.isAlive();
	}

	/**
	 * Shut the server down. Its clients are disconnected, its data is gone.
	 */
	public synchronized void stop() {
		ServerProcess process = this.process;
		if (process != null && !process.end("TERM", STOP_LIMIT)) {
			throw new IllegalStateException("Redis has not stopped within " + STOP_LIMIT.toSeconds()
					+ " seconds: use kill(). Its log: " + this.log.file());
		}
	}

	/**
	 * End the server at once, as {@code kill -9} does.
	 */
	public synchronized void kill() {
		ServerProcess process = this.process;
		if (process != null) {
			process.kill();
		}
	}

	/**
	 * Stop the server if it runs and start it again, empty, on the same port.
	 */
	public synchronized void restart() {
		if (this.closed) {
			throw new IllegalStateException("This Redis was closed, start another one");
		}
		stop();
		launch();
	}

	/**
	 * Suspend the server ({@code SIGSTOP}): it keeps its connections and accepts new
	 * ones, and answers none of them.
	 */
	public synchronized void freeze() {
		runningProcess().freeze();
	}

	/**
	 * Let a frozen server go on where it stopped.
	 */
	public synchronized void thaw() {
		runningProcess().thaw();
	}

	/**
	 * Delete all keys ({@code FLUSHALL}).
	 */
	public synchronized void flush() {
		if (runningProcess().isFrozen()) {
			throw new IllegalStateException("Redis is frozen: thaw() it first");
		}
		try {
			String answer = send("FLUSHALL");
			if (!answer.equals("+OK")) {
				throw new IllegalStateException("Redis has not executed FLUSHALL: " + answer);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Redis has not executed FLUSHALL. Its log: " + this.log.file(), ex);
		}
	}

	/**
	 * Stop the server for good. Never throws; what could not be cleaned up is logged, and
	 * tried again by the next start on this machine.
	 */
	@Override
	public void close() {
		close(true);
	}

	private synchronized void close(boolean deleteLog) {
		if (this.closed) {
			return;
		}
		this.closed = true;
		kill();
		if (deleteLog) {
			this.folder.delete();
		}
		else {
			this.folder.deleteAllButLogs();
		}
		try {
			Runtime.getRuntime().removeShutdownHook(this.shutdownHook);
		}
		catch (IllegalStateException ex) {
			// The JVM is shutting down, and this is the hook.
		}
	}

	private synchronized void launchOnFreePort() throws IOException {
		for (int attempt = 1;; attempt++) {
			this.port = FreePort.choose();
			Files.write(this.folder.path().resolve("redis.conf"),
					List.of("bind " + host(), "port " + this.port, "save \"\"", "appendonly no", "set-proc-title no"));
			try {
				launch();
				return;
			}
			catch (ServerStartException ex) {
				kill();
				if (!ex.isPortTaken() || attempt == FreePort.ATTEMPTS) {
					throw ex;
				}
			}
		}
	}

	private void launch() {
		long logStart = this.log.end();
		List<String> command = new ArrayList<>(List.of(this.binary.toString(),
				this.folder.path().resolve("redis.conf").toString(), "--dir", this.folder.path().toString()));
		command.addAll(this.arguments);
		ServerProcess process = ServerProcess.start(command, this.log.file());
		this.process = process;
		if (!Await.within(Await.LIMIT, () -> !process.isAlive() || isReady()) || !process.isAlive()) {
			boolean portTaken = this.log.since(logStart).contains("Address already in use");
			throw new ServerStartException(
					portTaken ? "Redis cannot start, as another process has taken its port " + this.port
							: "Redis has not started",
					this.log, logStart, portTaken);
		}
	}

	private boolean isReady() {
		try {
			return send("PING").startsWith("+PONG");
		}
		catch (IOException ex) {
			return false;
		}
	}

	private String send(String command) throws IOException {
		try (Socket socket = new Socket()) {
			socket.connect(new InetSocketAddress(FreePort.loopback(), this.port), SOCKET_TIMEOUT_MILLIS);
			socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
			socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
			String answer = new BufferedReader(
					new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
				.readLine();
			return (answer != null) ? answer : "(no answer)";
		}
	}

	private ServerProcess runningProcess() {
		ServerProcess process = this.process;
		if (process == null || !process.isAlive()) {
			throw new IllegalStateException("Redis does not run: restart() it first");
		}
		return process;
	}

}
