package dev.tidemark.test;

import java.time.Duration;

/**
 * A streaming replica of a {@link ReplicatedPostgres}, with what makes it lag.
 * <p>
 * A pause ends with a restart of the server, as it does in production. A delay and a
 * disconnection survive it.
 */
public interface PostgresReplica extends PostgresServer {

	/**
	 * Stop replay, and nothing else: the replica goes on to receive what the primary
	 * writes, and to answer queries from the state it has. Nothing is replayed any more
	 * when this method returns.
	 */
	void pauseReplay();

	/**
	 * End {@link #pauseReplay()}. Does not wait for the replica to catch up, see
	 * {@link ReplicatedPostgres#awaitReplicated()}.
	 */
	void resumeReplay();

	/**
	 * Replay each commit no earlier than the given time after the primary made it
	 * ({@code recovery_min_apply_delay}).
	 * @param delay a delay in whole milliseconds; zero ends the delay
	 * @throws IllegalArgumentException when the delay is negative
	 */
	void delayReplay(Duration delay);

	/**
	 * Cut the stream from the primary and keep it cut. The replica goes on to answer
	 * queries from the state it has, and what it has received it replays.
	 */
	void disconnectFromPrimary();

	/**
	 * End {@link #disconnectFromPrimary()}. Returns when the replica streams again; not
	 * waited for is a stream that cannot come yet, as the primary does not run or replay
	 * is paused or delayed.
	 */
	void reconnectToPrimary();

	/**
	 * Stream from another primary from now on, as after a failover. The replica must not
	 * have received more than the new primary had when it was promoted.
	 * @param primary a promoted replica of the same cluster
	 * @throws IllegalArgumentException when it is none
	 */
	void follow(PostgresServer primary);

	/**
	 * Make the replica a primary of its own ({@code pg_promote}), on a new timeline.
	 * There is no way back: from then on this interface's other operations fail.
	 */
	void promote();

}
