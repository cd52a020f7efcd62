package dev.tidemark.wal;

/**
 * How servers tell positions.
 */
public enum Positions {

	/**
	 * By the write-ahead log.
	 */
	WAL(Sql.WAL_SAMPLE,
			"SELECT pg_current_wal_insert_lsn()::text, "
					+ "('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int"),

	/**
	 * By the primary's clock, in microseconds: for a database that hides its WAL. A
	 * replica tells the time at which the last transaction that it has replayed was
	 * committed. The order of those times is not exactly the order of commits, so a
	 * position says about how stale a replica is, and not whether it has a commit.
	 */
	CLOCK(Sql.CLOCK_SAMPLE, "SELECT " + Sql.NOW + ", " + WalPosition.CLOCK);

	private final String sample;

	private final String current;

	Positions(String sample, String current) {
		this.sample = sample;
		this.current = current;
	}

	/**
	 * Return the query that has a server tell about itself.
	 */
	String sample() {
		return this.sample;
	}

	/**
	 * Return the query for the primary's position.
	 * @return a query with two columns: the text of a {@code pg_lsn}, and the timeline
	 */
	public String current() {
		return this.current;
	}

	private static final class Sql {

		/*
		 * The timeline: a primary's WAL file name always names the current one.
		 * pg_control_checkpoint() trails a promotion by seconds, so on a replica it is
		 * only the lower bound beside the WAL receiver's, which an unprivileged role
		 * can't see.
		 *
		 * The position: the insert position, because pg_current_wal_lsn() trails it under
		 * synchronous_commit=off.
		 */
		private static final String WAL_SAMPLE = """
				SELECT r.recovery, c.system_identifier::text,
					(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,
					CASE WHEN r.recovery
						THEN pg_last_wal_replay_lsn()
						ELSE pg_current_wal_insert_lsn()
					END::text,
					CASE WHEN r.recovery
						THEN greatest((SELECT max(received_tli) FROM pg_stat_wal_receiver),
							(SELECT timeline_id FROM pg_control_checkpoint()))
						ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int
					END,
					CASE WHEN r.recovery
						THEN (extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000000)::bigint
					END,
					CASE WHEN NOT r.recovery
						THEN pg_current_wal_flush_lsn()
					END::text
				FROM (SELECT pg_is_in_recovery() AS recovery OFFSET 0) r, pg_control_system() c""";

		/**
		 * The microseconds as a {@code pg_lsn}.
		 */
		private static final String TO_LSN = "('0/0'::pg_lsn + (extract(epoch FROM %s) * 1000000)::numeric(20))::text";

		private static final String NOW = TO_LSN.formatted("clock_timestamp()");

		private static final String CLOCK_SAMPLE = """
				SELECT r.recovery, 'hidden',
					(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint,
					CASE WHEN r.recovery THEN %s ELSE %s END,
					%d,
					NULL::bigint,
					NULL::text
				FROM (SELECT pg_is_in_recovery() AS recovery OFFSET 0) r"""
			.formatted(TO_LSN.formatted("pg_last_xact_replay_timestamp()"), NOW, WalPosition.CLOCK);

	}

}
