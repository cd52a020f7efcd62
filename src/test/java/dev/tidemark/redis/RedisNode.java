package dev.tidemark.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import dev.tidemark.test.EmbeddedRedis;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import org.awaitility.Awaitility;

/**
 * One of several Redis servers, and its administrator. The application's user is the
 * least that works.
 */
public final class RedisNode implements AutoCloseable {

	private final EmbeddedRedis server;

	private final RedisClient client;

	private final StatefulRedisConnection<String, String> connection;

	private RedisNode(EmbeddedRedis server) {
		this.server = server;
		this.client = RedisClient.create(RedisURI.create(server.host(), server.port()));
		this.connection = this.client.connect();
	}

	/**
	 * Start a node.
	 * @param arguments of {@code redis-server}
	 */
	static RedisNode start(String... arguments) {
		List<String> all = new ArrayList<>(List.of(RedisUser.serverArguments()));
		all.addAll(List.of(arguments));
		return new RedisNode(EmbeddedRedis.start(all.toArray(String[]::new)));
	}

	/**
	 * Start a sentinel.
	 */
	static RedisNode startSentinel() {
		return new RedisNode(EmbeddedRedis.start("--sentinel"));
	}

	public EmbeddedRedis server() {
		return this.server;
	}

	/**
	 * Return what the administrator can do.
	 */
	public RedisCommands<String, String> commands() {
		return this.connection.sync();
	}

	/**
	 * Return host and port.
	 */
	public String address() {
		return this.server.host() + ":" + this.server.port();
	}

	/**
	 * Return whether this node is a master now.
	 */
	public boolean isMaster() {
		return replication().contains("role:master");
	}

	/**
	 * Return whether this node is a replica that follows its master.
	 */
	boolean isFollowing() {
		return replication().contains("master_link_status:up");
	}

	/**
	 * Ask again when the question is cut off: a sentinel that makes a node the master or
	 * a replica ends all its connections ({@code CLIENT KILL TYPE normal}).
	 */
	private String replication() {
		return Awaitility.await()
			.pollDelay(Duration.ZERO)
			.ignoreException(RedisException.class)
			.until(() -> commands().info("replication"), Objects::nonNull);
	}

	/**
	 * Send no more data to replicas, without telling anybody.
	 */
	public void stopReplicating() {
		dispatch(CommandType.ACL, "SETUSER", "default", "-psync", "-sync");
		commands().clientKill(KillArgs.Builder.typeSlave());
	}

	/**
	 * Send replicas all data again.
	 */
	public void startReplicating() {
		dispatch(CommandType.ACL, "SETUSER", "default", "+psync", "+sync");
	}

	/**
	 * Allow the application's user more.
	 * @param permission for example {@code +cluster}
	 */
	public void allow(String permission) {
		dispatch(CommandType.ACL, "SETUSER", RedisUser.NAME, permission);
	}

	/**
	 * End this node at once.
	 */
	public void kill() {
		this.server.kill();
	}

	/**
	 * End this node at once, and start it again without its data. The administrator's
	 * connection may learn only by the next command that it was lost.
	 */
	public void restartEmpty() {
		this.server.kill();
		this.server.restart();
		Awaitility.await().ignoreExceptions().until(() -> commands().ping().equals("PONG"));
	}

	/**
	 * Send a command that answers with a status.
	 */
	void dispatch(CommandType command, String... arguments) {
		commands().dispatch(command, new StatusOutput<>(StringCodec.UTF8),
				new CommandArgs<>(StringCodec.UTF8).addValues(List.of(arguments)));
	}

	@Override
	public void close() {
		this.connection.close();
		this.client.shutdown();
		this.server.close();
	}

}
