package dev.tidemark.test;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * One PostgreSQL server of a {@link ReplicatedPostgres}. Its address, user, password and
 * data stay the same across {@link #stop()}, {@link #kill()} and {@link #start()}.
 * <p>
 * Every operation returns when its effect can be observed, is without effect when the
 * server is in the wanted state already, and throws {@link IllegalStateException} with
 * the reason when the server did not get there within a minute. The methods may be called
 * from any thread; those that change the same server run one after the other.
 */
public interface PostgresServer {

	/**
	 * The name of the server within its cluster: {@code primary}, or that of the replica.
	 */
	String name();

	/**
	 * A JDBC URL of the database {@link #database()}, without user and password.
	 */
	default String jdbcUrl() {
		return "jdbc:postgresql://" + host() + ":" + port() + "/" + database();
	}

	/**
	 * The name of the database that every cluster starts with, {@code postgres}.
	 */
	default String database() {
		return "postgres";
	}

	/**
	 * The name of a superuser, the same on every server of the cluster.
	 */
	String username();

	/**
	 * The password of {@link #username()}, the same on every server of the cluster.
	 */
	String password();

	String host();

	int port();

	/**
	 * Open a new connection as {@link #username()}. It has no time-outs: on a frozen
	 * server it blocks until the server is thawed.
	 * @return a connection that the caller closes
	 * @throws SQLException when the server cannot be reached or refuses
	 */
	Connection open() throws SQLException;

	/**
	 * Whether the process of the server exists. True for a frozen server as well.
	 */
	boolean isRunning();

	/**
	 * Start the server and return when it accepts connections. A replica is not
	 * necessarily connected to its primary by then, nor has it caught up.
	 */
	void start();

	/**
	 * Shut the server down cleanly ({@code pg_ctl stop -m fast}): open transactions are
	 * rolled back and clients are disconnected. A primary first waits until its replicas
	 * have received everything, which a frozen replica prevents for a minute.
	 */
	void stop();

	/**
	 * {@link #stop()} and {@link #start()}.
	 */
	default void restart() {
		stop();
		start();
	}

	/**
	 * End the server and all its processes at once, as {@code kill -9} does. The next
	 * {@link #start()} goes through crash recovery.
	 */
	void kill();

	/**
	 * Suspend all processes of the server ({@code SIGSTOP}): it keeps its connections and
	 * accepts new ones, and answers none of them.
	 */
	void freeze();

	/**
	 * Let a frozen server go on where it stopped.
	 */
	void thaw();

	/**
	 * The file that holds what the server logs.
	 */
	Path logFile();

}
