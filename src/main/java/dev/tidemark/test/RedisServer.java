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
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * A Redis server that runs as a child process of this JVM and can be started again and
 * again. Not safe for use by several threads, except {@link #port()} and
 * {@link #isRunning()}.
 */
final class RedisServer {

	private static final int SOCKET_TIMEOUT_MILLIS = 5_000;

	// As glibc says it, or musl.
	private static final Pattern PORT_TAKEN = Pattern.compile("bind: Address (already )?in use");

	private final Path binary;

	private final Path folder;

	private final List<String> arguments;

	private final ServerLog log;

	private volatile int port;

	private volatile @Nullable ServerProcess process;

	/**
	 * Create a server that does not run yet.
	 * @param binary the executable
	 * @param folder a folder for its files
	 * @param arguments what to add to its command line
	 */
	RedisServer(Path binary, Path folder, List<String> arguments) {
		this.binary = binary;
		this.folder = folder;
		this.arguments = arguments;
		this.log = new ServerLog(folder.resolve("redis.log"));
	}

	String host() {
		return "127.0.0.1";
	}

	int port() {
		return this.port;
	}

	Path logFile() {
		return this.log.file();
	}

	boolean isRunning() {
		ServerProcess process = this.process;
		return process != null && process.isAlive();
	}

	/**
	 * Return the process.
	 * @throws IllegalStateException when the server does not run
	 */
	ServerProcess process() {
		ServerProcess process = this.process;
		if (process == null || !process.isAlive()) {
			throw new IllegalStateException("Redis does not run: restart() it first");
		}
		return process;
	}

	/**
	 * Set the port for the next start.
	 */
	void listenOn(int port) {
		this.port = port;
		try {
			Files.write(configurationFile(),
					List.of("bind " + host(), "port " + port, "save \"\"", "appendonly no", "set-proc-title no"));
		}
		catch (IOException ex) {
			throw new IllegalStateException("Cannot configure Redis", ex);
		}
	}

	/**
	 * Start the server and wait until it answers.
	 * @throws ServerStartException when it does not come to that
	 */
	void start() {
		long logStart = this.log.end();
		List<String> command = new ArrayList<>(
				List.of(this.binary.toString(), configurationFile().toString(), "--dir", this.folder.toString()));
		command.addAll(this.arguments);
		ServerProcess process = ServerProcess.start(command, this.log.file());
		this.process = process;
		boolean decided = Await.within(Await.LIMIT, () -> !process.isAlive() || isAnsweredBy(process));
		if (!decided || !process.isAlive()) {
			boolean portTaken = PORT_TAKEN.matcher(this.log.since(logStart)).find();
			throw new ServerStartException(
					portTaken ? "Redis cannot start, as another process has taken its port " + this.port
							: "Redis has not started",
					this.log, logStart, portTaken);
		}
	}

	/**
	 * Send a command and read lines of the answer.
	 * @param last whether a line is the one to stop at
	 * @return the last line read, or {@code null} when the connection ends before
	 */
	@Nullable String send(String command, Predicate<String> last) throws IOException {
		try (Socket socket = new Socket()) {
			socket.connect(new InetSocketAddress(host(), this.port), SOCKET_TIMEOUT_MILLIS);
			socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
			socket.getOutputStream().write((command + "\r\nQUIT\r\n").getBytes(StandardCharsets.US_ASCII));
			return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII)).lines()
				.filter(last)
				.findFirst()
				.orElse(null);
		}
		catch (UncheckedIOException ex) {
			throw ex.getCause();
		}
	}

	/**
	 * Whether it is this process that answers on the port, and not another server.
	 */
	private boolean isAnsweredBy(ServerProcess process) {
		try {
			// A server with a password tells nobody who it is.
			return send("INFO server",
					(line) -> line.equals("process_id:" + process.pid()) || line.startsWith("-NOAUTH")) != null;
		}
		catch (IOException ex) {
			return false;
		}
	}

	private Path configurationFile() {
		return this.folder.resolve("redis.conf");
	}

}
