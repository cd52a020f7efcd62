package dev.tidemark.test;

import java.time.Duration;
import java.util.List;
import java.util.HashMap;
import java.util.Map;

/**
 * What replicas do on request, told to them in SQL, wherever they run.
 * <p>
 * Each question is asked on a new connection: what a new connection has taken over from a
 * reloaded configuration, the process that replays has been told of as well.
 */
final class Replication {

	/**
	 * Replay that waits for the time of a commit neither confirms a pause nor connects.
	 */
	private static final String DELAYED = "exists (select from pg_stat_activity where backend_type = 'startup' "
			+ "and wait_event = 'RecoveryApplyDelay')";

	private static final String PAUSED = "(pg_get_wal_replay_pause_state() = 'paused' "
			+ "or pg_get_wal_replay_pause_state() = 'pause requested' and " + DELAYED + ")";

	private static final String STREAMING = "exists (select from pg_stat_wal_receiver where status = 'streaming')";

	private final ManagedPostgres replica;

	private volatile ManagedPostgres upstream;

	Replication(ManagedPostgres replica, ManagedPostgres primary) {
		this.replica = replica;
		this.upstream = primary;
	}

	/**
	 * Wait until each replica has replayed what was committed before on the server that
	 * it follows, or cannot do so by itself.
	 */
	static void awaitReplicated(List<Replication> replications) {
		Map<ManagedPostgres, String> positions = new HashMap<>();
		for (Replication replication : replications) {
			replication
				.awaitReplayed(positions.computeIfAbsent(replication.upstream, ManagedPostgres::flushedPosition));
		}
	}

	/**
	 * How the replica connects to the server that it follows.
	 */
	String connectionInfo() {
		return this.upstream.addressForReplicas() + " user=" + this.upstream.username() + " password="
				+ this.upstream.password() + " application_name=" + this.replica.name()
				+ " sslmode=disable gssencmode=disable";
	}

	void pauseReplay() {
		recoverySql().execute("select pg_wal_replay_pause()");
		await(PAUSED, "has not paused replay");
	}

	void resumeReplay() {
		recoverySql().execute("select pg_wal_replay_resume()");
	}

	void delayReplay(Duration delay) {
		if (delay.isNegative()) {
			throw new IllegalArgumentException("A delay cannot be negative: " + delay);
		}
		set("recovery_min_apply_delay", Long.toString(delay.toMillis()));
	}

	void disconnectFromPrimary() {
		set("primary_conninfo", "");
		Await.until(() -> {
			long receiver = Long.parseLong(sql().ask("select coalesce((select pid from pg_stat_wal_receiver), 0)"));
			// Replay ends the receiver by itself, unless it waits for something.
			if (receiver != 0 && sql().holds(PAUSED + " or " + DELAYED)) {
				this.replica.endChild(receiver);
			}
			return receiver == 0;
		}, () -> failure("is still connected to its primary"));
	}

	void reconnectToPrimary() {
		set("primary_conninfo", connectionInfo());
		awaitStreaming();
	}

	void follow(PostgresServer primary) {
		if (!(primary instanceof ManagedPostgres local) || primary == this.replica
				|| local.sql().holds("pg_is_in_recovery()")) {
			throw new IllegalArgumentException(
					this.replica.name() + " cannot follow " + primary + ", which is no primary");
		}
		disconnectFromPrimary();
		this.upstream = local;
		reconnectToPrimary();
	}

	/**
	 * Wait until the replica streams, or cannot do so by itself.
	 */
	void awaitStreaming() {
		Await.until(() -> !this.upstream.isResponsive() || sql().holds(STREAMING + " or " + PAUSED + " or " + DELAYED),
				() -> failure("does not stream from its primary"));
	}

	/**
	 * Wait until the replica has replayed a position, or cannot do so by itself.
	 * @param position a WAL position in the notation of PostgreSQL
	 */
	void awaitReplayed(String position) {
		String replayedOrExcused = "case when pg_is_in_recovery() then pg_last_wal_replay_lsn() >= '" + position
				+ "' or pg_get_wal_replay_pause_state() <> 'not paused' or current_setting('primary_conninfo') = '' "
				+ "or current_setting('recovery_min_apply_delay') <> '0' else true end";
		Await.until(() -> !this.replica.isResponsive() || sql().holds(replayedOrExcused),
				() -> failure("has replayed only " + sql().ask("select pg_last_wal_replay_lsn()")
						+ " of what its primary wrote up to " + position));
	}

	void promote() {
		recoverySql().execute("select pg_promote(true, " + Await.LIMIT.toSeconds() + ")");
		await("not pg_is_in_recovery()", "was not promoted");
	}

	private SqlClient sql() {
		return this.replica.sql();
	}

	private SqlClient recoverySql() {
		if (!sql().holds("pg_is_in_recovery()")) {
			throw new IllegalStateException(this.replica.name() + " was promoted and is no replica any more");
		}
		return sql();
	}

	private void set(String parameter, String value) {
		recoverySql().execute("alter system set " + parameter + " = '" + value + "'");
		sql().execute("select pg_reload_conf()");
		await("(select setting = '" + value + "' from pg_settings where name = '" + parameter + "')",
				"has not taken over a new value of " + parameter);
	}

	private void await(String condition, String failure) {
		Await.until(() -> sql().holds(condition), () -> failure(failure));
	}

	private String failure(String what) {
		return this.replica.name() + " " + what + " after " + Await.LIMIT.toSeconds() + " seconds. Its log: "
				+ this.replica.logFile();
	}

}
