package dev.tidemark.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports.Binding;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.output.OutputFrame;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;

/**
 * A PostgreSQL server that runs in a container.
 */
class ContainerPostgres implements ManagedPostgres {

	private static final int PORT = 5432;

	private final String name;

	private final String password;

	private final ServerLog log;

	private final int port;

	private final GenericContainer<?> container;

	private final SqlClient sql = new SqlClient(this);

	private volatile boolean discarded;

	/**
	 * Create a server that does not run yet.
	 * @param name the name, which is its host name in the network as well
	 * @param image the image
	 * @param network the network of the cluster
	 * @param password the superuser's password
	 * @param logFile where to write the log to
	 * @param port the port of this machine that leads to it
	 */
	ContainerPostgres(String name, String image, Network network, String password, Path logFile, int port) {
		this.name = name;
		this.password = password;
		this.log = new ServerLog(logFile);
		this.port = port;
		this.container = new GenericContainer<>(image).withNetwork(network)
			.withNetworkAliases(name)
			.withEnv("POSTGRES_PASSWORD", password)
			// Outside of the volume of the image, whose place depends on the version.
			.withEnv("PGDATA", "/srv/postgres")
			.withExposedPorts(PORT)
			// A port that Docker chooses would change with each start.
			.withCreateContainerCmdModifier((command) -> command.getHostConfig()
				.withPortBindings(new PortBinding(Binding.bindPort(port), ExposedPort.tcp(PORT))))
			.withLogConsumer(this::log)
			.waitingFor(new NoWait());
	}

	private void log(OutputFrame frame) {
		synchronized (this.log) {
			try {
				Files.writeString(this.log.file(), frame.getUtf8String(), StandardCharsets.UTF_8,
						StandardOpenOption.CREATE, StandardOpenOption.APPEND);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
	}

	/**
	 * Docker has kept what was logged before, and begins with it again.
	 */
	private void logFromTheBeginning() {
		synchronized (this.log) {
			try {
				Files.deleteIfExists(this.log.file());
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
		this.container.followOutput(this::log);
	}

	/**
	 * Set what the container runs, before its first start.
	 * @param configuration all parameters of the server
	 */
	void configure(Configuration configuration) {
		List<String> command = new ArrayList<>(List.of("postgres"));
		configuration.values().forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
		this.container.withCommand(command.toArray(String[]::new));
	}

	GenericContainer<?> container() {
		return this.container;
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
		return this.container.getHost();
	}

	@Override
	public int port() {
		return this.port;
	}

	@Override
	public String addressForReplicas() {
		return "host=" + this.name + " port=" + PORT;
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
		ContainerState state = state();
		return state != null && Boolean.TRUE.equals(state.getRunning());
	}

	@Override
	public boolean isResponsive() {
		return isRunning() && !isFrozen();
	}

	private boolean isFrozen() {
		ContainerState state = state();
		return state != null && Boolean.TRUE.equals(state.getPaused());
	}

	private @Nullable ContainerState state() {
		String id = this.container.getContainerId();
		return (id != null && !this.discarded) ? docker().inspectContainerCmd(id).exec().getState() : null;
	}

	@Override
	public synchronized void start() {
		if (this.discarded) {
			throw new IllegalStateException("The cluster of " + this.name + " was closed, start another one");
		}
		if (isRunning()) {
			return;
		}
		if (this.container.getContainerId() == null) {
			this.container.start();
		}
		else {
			docker().startContainerCmd(this.container.getContainerId()).exec();
			logFromTheBeginning();
		}
		awaitReady();
	}

	private void awaitReady() {
		boolean decided = Await.within(Await.LIMIT, () -> !isRunning() || answers());
		if (!decided || !isRunning()) {
			throw new ServerStartException(
					this.name + (decided ? " has ended while it was starting"
							: " does not accept connections after " + Await.LIMIT.toSeconds() + " seconds"),
					this.log, 0, false);
		}
	}

	/**
	 * Over TCP, which the server that creates the database does not listen to.
	 */
	private boolean answers() {
		try {
			return this.sql.holds("true");
		}
		catch (IllegalStateException ex) {
			return false;
		}
	}

	@Override
	public synchronized void stop() {
		thawIfFrozen();
		if (isRunning()) {
			end("INT", Await.LIMIT);
		}
	}

	@Override
	public synchronized void kill() {
		thawIfFrozen();
		if (isRunning()) {
			end("KILL", Await.LIMIT);
		}
	}

	private void end(String signal, Duration limit) {
		docker().killContainerCmd(this.container.getContainerId()).withSignal(signal).exec();
		if (!Await.within(limit, () -> !isRunning())) {
			throw new IllegalStateException(this.name + " has not stopped within " + limit.toSeconds()
					+ " seconds. A primary waits for frozen replicas: thaw() them, or use kill(). Its log: "
					+ this.log.file());
		}
	}

	@Override
	public synchronized void freeze() {
		if (!isFrozen()) {
			docker().pauseContainerCmd(running()).exec();
		}
	}

	@Override
	public synchronized void thaw() {
		running();
		thawIfFrozen();
	}

	/**
	 * Docker signals no process that is frozen.
	 */
	private void thawIfFrozen() {
		if (isFrozen()) {
			docker().unpauseContainerCmd(this.container.getContainerId()).exec();
		}
	}

	@Override
	public void endChild(long pid) {
		try {
			this.container.execInContainer("kill", "-TERM", Long.toString(pid));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public SqlClient sql() {
		running();
		if (isFrozen()) {
			throw new IllegalStateException(this.name + " is frozen: thaw() it first");
		}
		return this.sql;
	}

	private String running() {
		if (!isRunning()) {
			throw new IllegalStateException(this.name + " does not run: start() it first");
		}
		return this.container.getContainerId();
	}

	/**
	 * Remove the container, in whatever state it is.
	 */
	synchronized void discard() {
		String id = this.container.getContainerId();
		this.discarded = true;
		if (id != null) {
			try {
				docker().removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
			}
			catch (NotFoundException | NotModifiedException ex) {
				// It is gone, and that was wanted.
			}
		}
	}

	private DockerClient docker() {
		return this.container.getDockerClient();
	}

	@Override
	public String toString() {
		return this.name + " at " + jdbcUrl();
	}

	/**
	 * Whether a server is ready is for the server to say, at each start.
	 */
	private static final class NoWait extends AbstractWaitStrategy {

		@Override
		protected void waitUntilReady() {
		}

	}

}
