package dev.tidemark.history;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.IntFunction;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.ReadConsistency;
import dev.tidemark.test.PostgresServer;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.ResultSetExtractor;
import org.springframework.transaction.annotation.Transactional;

/**
 * The table of the rows, and the ledger of what was written to it: a write that took
 * place twice is there twice. Whoever reads is told by the server which one it was.
 */
public class Cells {

	/**
	 * The limit of the reads that have their own.
	 */
	static final String OWN_LIMIT = "500ms";

	private static final String TABLES = "DROP TABLE IF EXISTS cell, ledger; "
			+ "CREATE TABLE cell (name text PRIMARY KEY, version bigint NOT NULL); "
			+ "CREATE TABLE ledger (write uuid NOT NULL, name text NOT NULL, version bigint NOT NULL)";

	private static final String WRITE = "WITH raised AS (INSERT INTO cell VALUES (?, 1) "
			+ "ON CONFLICT (name) DO UPDATE SET version = cell.version + 1 RETURNING name, version) "
			+ "INSERT INTO ledger SELECT ?, name, version FROM raised RETURNING version";

	private static final String READ = "SELECT name, coalesce(version, 0), inet_server_port(), pg_is_in_recovery() "
			+ "FROM unnest(string_to_array(?, ' ')) AS name LEFT JOIN cell USING (name)";

	private final JdbcTemplate jdbc;

	private final IntFunction<String> servers;

	/**
	 * Create the table's client.
	 * @param jdbc how to get there
	 * @param servers the names of the servers by port
	 */
	Cells(JdbcTemplate jdbc, IntFunction<String> servers) {
		this.jdbc = jdbc;
		this.servers = servers;
	}

	/**
	 * Make empty tables.
	 * @param primary where
	 * @throws SQLException if they can't be made
	 */
	public static void create(PostgresServer primary) throws SQLException {
		try (Connection connection = primary.open(); Statement statement = connection.createStatement()) {
			statement.execute(TABLES);
		}
	}

	@Transactional
	public Result write(String row) {
		return new Result(raise(row), null);
	}

	public Result writeOutsideTransaction(String row) {
		return new Result(raise(row), null);
	}

	@Transactional
	public Result writeAndRead(String row, List<String> rows) {
		return new Result(raise(row), select(rows));
	}

	@Transactional
	public Result writeAndCommitAsText(String row) {
		Result written = new Result(raise(row), null);
		this.jdbc.execute("COMMIT");
		return written;
	}

	@Transactional(readOnly = true)
	@ReadConsistency(level = ConsistencyLevel.EVENTUAL)
	public Result readEventual(List<String> rows) {
		return new Result(null, select(rows));
	}

	@Transactional(readOnly = true)
	@ReadConsistency(level = ConsistencyLevel.BOUNDED_STALENESS, maxStaleness = OWN_LIMIT)
	public Result readBounded(List<String> rows) {
		return new Result(null, select(rows));
	}

	@Transactional(readOnly = true)
	@ReadConsistency(level = ConsistencyLevel.READ_YOUR_WRITES)
	public Result readOwnWrites(List<String> rows) {
		return new Result(null, select(rows));
	}

	@Transactional(readOnly = true)
	public Result readSession(List<String> rows) {
		return new Result(null, select(rows));
	}

	public Result readOutsideTransaction(List<String> rows) {
		return new Result(null, select(rows));
	}

	@Transactional(readOnly = true)
	public void readAndCommitAsText(List<String> rows, Consumer<Result> read) {
		read.accept(new Result(null, select(rows)));
		this.jdbc.execute("COMMIT");
	}

	@Transactional(readOnly = true)
	@ReadConsistency(level = ConsistencyLevel.PRIMARY)
	public Result readPrimary(List<String> rows) {
		return new Result(null, select(rows));
	}

	@ReadConsistency(level = ConsistencyLevel.PRIMARY)
	public Result readPrimaryOutsideTransaction(List<String> rows) {
		return new Result(null, select(rows));
	}

	private @Nullable Long raise(String row) {
		return this.jdbc.queryForObject(WRITE, Long.class, row, UUID.randomUUID());
	}

	private Read.Seen select(List<String> rows) {
		ResultSetExtractor<Read.Seen> seen = this::seen;
		return Objects.requireNonNull(this.jdbc.query(READ, seen, String.join(" ", rows)));
	}

	private Read.Seen seen(ResultSet result) throws SQLException {
		Map<String, Long> versions = new HashMap<>();
		String server = "";
		boolean onReplica = false;
		while (result.next()) {
			versions.put(result.getString(1), result.getLong(2));
			server = this.servers.apply(result.getInt(3));
			onReplica = result.getBoolean(4);
		}
		return new Read.Seen(versions, server, onReplica);
	}

}
