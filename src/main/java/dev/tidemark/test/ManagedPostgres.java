package dev.tidemark.test;

/**
 * What the cluster knows of a server beyond what tests see.
 */
interface ManagedPostgres extends PostgresServer {

	/**
	 * What executes statements on this server.
	 * @throws IllegalStateException when the server cannot execute any
	 */
	SqlClient sql();

	/**
	 * Whether the server runs and can answer.
	 */
	boolean isResponsive();

	/**
	 * Ask one of the server's processes to end, if there is one of this id.
	 * @param pid the id as the server itself knows it
	 */
	void endChild(long pid);

	/**
	 * Where replicas reach this server, in the notation of {@code primary_conninfo}.
	 */
	String addressForReplicas();

	/**
	 * The position up to which replicas receive everything that is committed now.
	 */
	default String flushedPosition() {
		String flushed = "select case when pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn() then '' "
				+ "else pg_current_wal_flush_lsn()::text end";
		String position = sql().ask(flushed);
		if (!position.isEmpty()) {
			return position;
		}
		// What is not flushed is not sent, and may stay so on an idle server. A commit
		// flushes all that is before it.
		sql().execute("set synchronous_commit to local; select pg_logical_emit_message(true, 'tidemark', 'flush')");
		return sql().ask("select pg_current_wal_flush_lsn()");
	}

}
