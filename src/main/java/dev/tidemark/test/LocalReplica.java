package dev.tidemark.test;

import java.nio.file.Path;
import java.time.Duration;

/**
 * A streaming replica that runs as a child process of this JVM.
 * <p>
 * Each question is asked on a new connection: what a new connection has taken over from a
 * reloaded configuration, the process that replays has been told of as well.
 */
final class LocalReplica extends LocalPostgres implements PostgresReplica {

	/**
	 * Replay that waits here does nothing else, neither pause nor (re)connect.
	 */
	private static final String DELAYED = "exists (select from pg_stat_activity where backend_type = 'startup' "
			+ "and wait_event = 'RecoveryApplyDelay')";

	private static final String PAUSED = "(pg_get_wal_replay_pause_state() = 'paused' "
			+ "or pg_get_wal_replay_pause_state() = 'pause requested' and " + DELAYED + ")";

	private static final String STREAMING = "exists (select from pg_stat_wal_receiver where status = 'streaming')";

	private final LocalPostgres primary;

	LocalReplica(String name, DataFolder data, Path logFile, LocalPostgres primary) {
		super(name, data, logFile, primary.password());
		this.primary = primary;
	}

	/**
	 * How this replica connects to its primary.
	 */
	String connectionInfo() {
		return "host=" + this.primary.host() + " port=" + this.primary.port() + " user=" + this.primary.username()
				+ " password=" + this.primary.password() + " application_name=" + name()
				+ " sslmode=disable gssencmode=disable";
	}

	@Override
	public synchronized void pauseReplay() {
		requireRecovery();
		execute("select pg_wal_replay_pause()");
		await(PAUSED, "has not paused replay");
	}

	@Override
	public synchronized void resumeReplay() {
		requireRecovery();
		execute("select pg_wal_replay_resume()");
	}

	@Override
	public synchronized void delayReplay(Duration delay) {
		if (delay.isNegative()) {
			throw new IllegalArgumentException("A delay cannot be negative: " + delay);
		}
		requireRecovery();
		set("recovery_min_apply_delay", Long.toString(delay.toMillis()));
	}

	@Override
	public synchronized void disconnectFromPrimary() {
		requireRecovery();
		set("primary_conninfo", "");
		// Replay ends the receiver by itself, unless it waits for something.
		Await.until(() -> {
			long receiver = Long.parseLong(ask("select coalesce((select pid from pg_stat_wal_receiver), 0)"));
			if (receiver != 0 && holds(PAUSED + " or " + DELAYED)) {
				runningProcess().endChild(receiver);
			}
			return receiver == 0;
		}, () -> failure("is still connected to its primary"));
	}

	@Override
	public synchronized void reconnectToPrimary() {
		requireRecovery();
		set("primary_conninfo", connectionInfo());
		awaitStreaming();
	}

	/**
	 * Wait until the replica streams, or cannot do so by itself.
	 */
	void awaitStreaming() {
		Await.until(
				() -> !this.primary.isRunning() || this.primary.isFrozen()
						|| holds(STREAMING + " or " + PAUSED + " or " + DELAYED),
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
		Await.until(() -> !isRunning() || isFrozen() || holds(replayedOrExcused), () -> failure("has replayed only "
				+ ask("select pg_last_wal_replay_lsn()") + " of what its primary wrote up to " + position));
	}

	@Override
	public synchronized void promote() {
		requireRecovery();
		execute("select pg_promote(true, " + Await.LIMIT.toSeconds() + ")");
		await("not pg_is_in_recovery()", "was not promoted");
	}

	private void requireRecovery() {
		if (!holds("pg_is_in_recovery()")) {
			throw new IllegalStateException(name() + " was promoted and is no replica any more");
		}
	}

	private void set(String parameter, String value) {
		execute("alter system set " + parameter + " = '" + value + "'");
		execute("select pg_reload_conf()");
		await("(select setting = '" + value + "' from pg_settings where name = '" + parameter + "')",
				"has not taken over a new value of " + parameter);
	}

	private void await(String condition, String failure) {
		Await.until(() -> holds(condition), () -> failure(failure));
	}

	private boolean holds(String condition) {
		return ask("select " + condition).equals("t");
	}

	private String failure(String what) {
		return name() + " " + what + " after " + Await.LIMIT.toSeconds() + " seconds. Its log: " + logFile();
	}

}
