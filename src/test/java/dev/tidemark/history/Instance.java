package dev.tidemark.history;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import dev.tidemark.ConsistencySession;
import dev.tidemark.ConsistencyToken;
import dev.tidemark.app.Servers;
import dev.tidemark.marker.Markers;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicationMonitor;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.TransactionException;

/**
 * An instance of an application with Tidemark.
 */
public final class Instance implements Member {

	private final ConfigurableApplicationContext context;

	private final ConsistencySession sessions;

	private final Cells cells;

	private final Elsewhere elsewhere;

	private final AsyncTaskExecutor executor;

	private Instance(ConfigurableApplicationContext context) {
		this.context = context;
		this.sessions = context.getBean(ConsistencySession.class);
		this.cells = context.getBean(Cells.class);
		this.elsewhere = context.getBean(Elsewhere.class);
		this.executor = context.getBean(AsyncTaskExecutor.class);
	}

	/**
	 * Start an instance.
	 * @param servers its servers
	 * @param properties its properties beside their addresses
	 */
	public static Instance start(Servers servers, String... properties) {
		List<String> all = properties(servers);
		all.addAll(List.of(properties));
		return start(all);
	}

	/**
	 * Start an instance.
	 * @param properties all its properties
	 */
	public static Instance start(List<String> properties) {
		return new Instance(new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties(properties.toArray(String[]::new))
			.run());
	}

	/**
	 * Return the properties of an instance, in a new list.
	 */
	public static List<String> properties(Servers servers) {
		List<String> all = servers.properties();
		names(servers).forEach((port, name) -> all.add("servers." + port + "=" + name));
		all.add("spring.task.execution.propagate-context=true");
		all.add("tidemark.web.token.secret=the same on all instances of this test");
		return all;
	}

	/**
	 * Return the names of the servers by port.
	 */
	static Map<Integer, String> names(Servers servers) {
		Map<Integer, String> names = servers.postgres()
			.replicas()
			.stream()
			.collect(Collectors.toMap(PostgresServer::port, PostgresServer::name));
		names.put(servers.postgres().primary().port(), "primary");
		return names;
	}

	@Override
	public Result performAs(String user, Step step) throws Exception {
		return this.sessions.callAs(user, () -> perform(step));
	}

	@Override
	public Continued performWith(String token, Step step) throws Exception {
		try (ConsistencySession.Resumed resumed = this.sessions.resume(ConsistencyToken.parse(token))) {
			Result result = perform(step);
			return new Continued(result, this.sessions.token().toString());
		}
	}

	/**
	 * Return what the instance knows of the servers.
	 */
	public ClusterStatus status() {
		return this.context.getBean(ReplicationMonitor.class).status();
	}

	/**
	 * Return the instance's own view of the marker store.
	 */
	public Markers markers() {
		return this.context.getBean(Markers.class);
	}

	/**
	 * Continue a session that ends at once.
	 */
	public void bring(String token) {
		this.sessions.resume(ConsistencyToken.parse(token)).close();
	}

	private Result perform(Step step) throws Exception {
		Callable<Result> action = () -> act(step);
		return switch (step.place()) {
			case SAME_THREAD -> action.call();
			case EXECUTOR -> get(this.executor.submit(action));
			case ASYNC_METHOD -> get(this.elsewhere.call(action));
		};
	}

	private Result act(Step step) {
		return switch (step.action()) {
			case WRITE -> this.cells.write(step.written());
			case WRITE_OUTSIDE_TRANSACTION -> this.cells.writeOutsideTransaction(step.written());
			case WRITE_AND_READ -> this.cells.writeAndRead(step.written(), step.read());
			case WRITE_AND_COMMIT_AS_TEXT -> this.cells.writeAndCommitAsText(step.written());
			case READ_EVENTUAL -> this.cells.readEventual(step.read());
			case READ_BOUNDED -> this.cells.readBounded(step.read());
			case READ_OWN_WRITES -> this.cells.readOwnWrites(step.read());
			case READ_SESSION -> this.cells.readSession(step.read());
			case READ_OUTSIDE_TRANSACTION -> this.cells.readOutsideTransaction(step.read());
			case READ_AND_COMMIT_AS_TEXT -> readAndCommitAsText(step.read());
			case READ_PRIMARY -> this.cells.readPrimary(step.read());
			case READ_PRIMARY_OUTSIDE_TRANSACTION -> this.cells.readPrimaryOutsideTransaction(step.read());
		};
	}

	/**
	 * What was read counts also if the server is lost before the text that ends the
	 * transaction.
	 */
	private Result readAndCommitAsText(List<String> rows) {
		AtomicReference<@Nullable Result> read = new AtomicReference<>();
		try {
			this.cells.readAndCommitAsText(rows, read::set);
		}
		catch (DataAccessException | TransactionException ex) {
			if (read.get() == null) {
				throw ex;
			}
		}
		return Objects.requireNonNull(read.get());
	}

	private static Result get(Future<Result> result) throws Exception {
		try {
			return result.get();
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() instanceof Exception cause) ? cause : ex;
		}
	}

	@Override
	public void close() {
		this.context.close();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableAsync
	static class Application {

		@Bean
		Cells cells(JdbcTemplate jdbc, Environment environment) {
			return new Cells(jdbc, (port) -> environment.getProperty("servers." + port, "unknown"));
		}

		@Bean
		Elsewhere elsewhere() {
			return new Elsewhere();
		}

	}

	static class Elsewhere {

		@Async
		public CompletableFuture<Result> call(Callable<Result> action) throws Exception {
			return CompletableFuture.completedFuture(action.call());
		}

	}

}
