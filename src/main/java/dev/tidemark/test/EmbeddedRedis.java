package dev.tidemark.test;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

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

	private static final Logger logger = System.getLogger(EmbeddedRedis.class.getName());

	private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

	private final OwnedFolder folder;

	private final RedisServer server;

	private final ShutdownHook shutdownHook = ShutdownHook.register("tidemark-redis-shutdown", this::close);

	private boolean closed;

	private EmbeddedRedis(OwnedFolder folder, RedisServer server) {
		this.folder = folder;
		this.server = server;
	}

	/**
	 * Start a server.
	 * @param arguments further arguments of {@code redis-server}, for example
	 * {@code "--maxmemory", "1mb"}
	 * @return a server that answers
	 * @throws IllegalStateException when the binaries are missing or the server did not
	 * start; the message ends with what it logged
	 */
	public static EmbeddedRedis start(String... arguments) {
		return start(FreePort::chooseForRedis, List.of(arguments));
	}

	static EmbeddedRedis start(IntSupplier ports, List<String> arguments) {
		try {
			UserFolder user = UserFolder.open();
			RedisBinary binary = RedisBinary.install(new BinaryCache(user));
			OwnedFolder folder = OwnedFolder.create(user, "redis-");
			EmbeddedRedis redis = new EmbeddedRedis(folder, new RedisServer(binary.path(), folder.path(), arguments));
			redis.start(ports);
			return redis;
		}
		catch (IOException ex) {
			throw new IllegalStateException("Cannot create the files of a Redis server", ex);
		}
	}

	private synchronized void start(IntSupplier ports) {
		for (int attempt = 1;; attempt++) {
			try {
				this.server.listenOn(ports.getAsInt());
				this.server.start();
				return;
			}
			catch (ServerStartException ex) {
				if (!ex.isPortTaken() || attempt == FreePort.ATTEMPTS) {
					close(OwnedFolder::deleteAllButLogs);
					throw ex;
				}
				kill();
			}
		}
	}

	public String host() {
		return this.server.host();
	}

	/**
	 * The port, which stays the same across {@link #stop()}, {@link #kill()} and
	 * {@link #restart()}.
	 */
	public int port() {
		return this.server.port();
	}

	/**
	 * Whether the process of the server exists. True for a frozen server as well.
	 */
	public boolean isRunning() {
		return this.server.isRunning();
	}

	/**
	 * Shut the server down. Its clients are disconnected, its data is gone.
	 */
	public synchronized void stop() {
		if (isRunning() && !this.server.process().end("TERM", STOP_LIMIT)) {
			throw new IllegalStateException("Redis has not stopped within " + STOP_LIMIT.toSeconds()
					+ " seconds: use kill(). Its log: " + this.server.logFile());
		}
	}

	/**
	 * End the server at once, as {@code kill -9} does.
	 */
	public synchronized void kill() {
		if (isRunning()) {
			this.server.process().kill();
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
		this.server.start();
	}

	/**
	 * Suspend the server ({@code SIGSTOP}): it keeps its connections and accepts new
	 * ones, and answers none of them.
	 */
	public synchronized void freeze() {
		this.server.process().freeze();
	}

	/**
	 * Let a frozen server go on where it stopped.
	 */
	public synchronized void thaw() {
		this.server.process().thaw();
	}

	/**
	 * Delete all keys ({@code FLUSHALL}).
	 */
	public synchronized void flush() {
		if (this.server.process().isFrozen()) {
			throw new IllegalStateException("Redis is frozen: thaw() it first");
		}
		try {
			String answer = this.server.send("FLUSHALL", (line) -> true);
			if (!"+OK".equals(answer)) {
				throw new IllegalStateException("Redis has not executed FLUSHALL: " + answer);
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException("Redis has not executed FLUSHALL. Its log: " + this.server.logFile(), ex);
		}
	}

	/**
	 * Stop the server for good. Done by itself when the JVM ends; when it is killed, the
	 * next start on this machine does it. Never throws: what could not be cleaned up is
	 * logged.
	 */
	@Override
	public void close() {
		close(OwnedFolder::delete);
	}

	private synchronized void close(Consumer<OwnedFolder> cleanUp) {
		if (this.closed) {
			return;
		}
		try {
			Await.uninterrupted(this::kill);
			cleanUp.accept(this.folder);
			this.shutdownHook.remove();
			this.closed = true;
		}
		catch (RuntimeException ex) {
			logger.log(Level.WARNING, "Cannot end the Redis server in " + this.folder.path(), ex);
		}
	}

}
