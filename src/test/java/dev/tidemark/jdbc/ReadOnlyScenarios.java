package dev.tidemark.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;

/**
 * Programs in read-only transactions: through Tidemark each of them uses a replica.
 */
final class ReadOnlyScenarios {

	private static final String COUNT = "SELECT count(*) FROM item";

	private static final String INSERT = "INSERT INTO item (name) VALUES ('new')";

	private ReadOnlyScenarios() {
	}

	static void reads(Client client) {
		client.readOnly().sql(COUNT, "SELECT * FROM item ORDER BY id", "TABLE code", "VALUES (1)").commit();
	}

	static void rollback(Client client) {
		client.readOnly().sql(COUNT).rollback().sql(COUNT).commit();
	}

	static void closeWithoutCommit(Client client) throws SQLException {
		client.readOnly().sql(COUNT);
		client.close();
		try (Client other = client.another()) {
			other.state().readOnly().sql(COUNT).commit();
		}
	}

	static void manyTransactions(Client client) {
		client.readOnly();
		for (int i = 0; i < 5; i++) {
			client.sql(COUNT).commit();
		}
		client.commit().rollback();
	}

	static void functions(Client client) {
		client.readOnly()
			.sql("SELECT plus(1, 2)", "SELECT * FROM items()", "SELECT * FROM doubled(4)", "SELECT complain()")
			.commit();
	}

	static void joinsAndWindows(Client client) {
		client.readOnly()
			.sql("WITH a AS (SELECT * FROM item) SELECT a.id, sum(b.price) OVER (ORDER BY a.id) FROM a JOIN item b USING (id)",
					"WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 4) SELECT * FROM r",
					"SELECT jsonb_agg(name ORDER BY id) FROM item",
					"SELECT string_agg(name, ',' ORDER BY id) FROM item")
			.commit();
	}

	static void writeAsFirstStatement(Client client) {
		client.readOnly().sql(INSERT, "SELECT 1").rollback().sql(COUNT).commit();
	}

	@Differs(steps = "SELECT 1",
			because = "a statement that is refused does not reach the replica, so it aborts nothing")
	static void writeAsLaterStatement(Client client) {
		client.readOnly().sql(COUNT, INSERT, "SELECT 1").rollback().sql(COUNT).commit();
	}

	@Differs(steps = { "SELECT 1", "LOCK TABLE" },
			because = "what is refused does not reach the replica and aborts nothing; on a replica no lock excludes writers")
	static void everyWriteAsLaterStatement(Client client) {
		client.readOnly();
		for (String write : new String[] { "UPDATE item SET price = 1", "DELETE FROM item", "TRUNCATE item",
				"CREATE TABLE x (n int)", "DROP TABLE code", "SELECT id INTO y FROM item",
				"WITH gone AS (DELETE FROM item RETURNING id) SELECT * FROM gone", "SELECT nextval('counter')",
				"SELECT id FROM item FOR UPDATE", "LOCK TABLE item IN EXCLUSIVE MODE", "COPY item FROM STDIN",
				"SELECT setval('counter', 3)" }) {
			client.sql(COUNT, write, "SELECT 1").rollback();
		}
	}

	static void writeInsideFunction(Client client) {
		client.readOnly().sql(COUNT, "SELECT add_item('x')", "SELECT 1").rollback().sql(COUNT).commit();
	}

	static void lockingReadAsFirstStatement(Client client) {
		client.readOnly().sql("SELECT id FROM item FOR UPDATE").rollback().sql(COUNT).commit();
	}

	static void nextvalAsFirstStatement(Client client) {
		client.readOnly().sql("SELECT nextval('counter')").rollback().sql(COUNT).commit();
	}

	static void temporaryTableAsFirstStatement(Client client) throws SQLException {
		client.readOnly()
			.sql("CREATE TEMP TABLE t (n int)", "INSERT INTO t VALUES (1)")
			.commit()
			.sql("SELECT * FROM t")
			.commit();
		onReplica(client);
	}

	private static void onReplica(Client client) throws SQLException {
		try (Client other = client.another()) {
			other.readOnly().sql(COUNT).commit();
		}
	}

	static void advisoryLockAsFirstStatement(Client client) throws SQLException {
		client.readOnly()
			.sql("SELECT pg_advisory_lock(5)", COUNT)
			.commit()
			.sql("SELECT pg_advisory_unlock(5)")
			.commit();
		onReplica(client);
	}

	@Differs(steps = { "SELECT pg_try_advisory", "SELECT 1" },
			because = "a lock on a replica would exclude nobody, so it is refused with 25006")
	static void advisoryLockAsLaterStatement(Client client) {
		client.readOnly().sql(COUNT, "SELECT pg_try_advisory_xact_lock(5)", "SELECT 1").rollback();
	}

	static void listenAsFirstStatement(Client client) throws SQLException {
		client.readOnly().sql("LISTEN news").commit().sql("UNLISTEN news").commit();
		onReplica(client);
	}

	@Differs(steps = { "LISTEN", "SET work_mem", "PREPARE", "CREATE TEMP" },
			because = "what stays in the session has to be on the primary, so it is refused with 25006")
	static void sessionStateAsLaterStatement(Client client) {
		client.readOnly();
		for (String sql : new String[] { "LISTEN news", "SET work_mem = '5MB'", "PREPARE p AS SELECT 1",
				"CREATE TEMP TABLE t (n int)" }) {
			client.sql(COUNT, sql).rollback();
		}
	}

	static void show(Client client) {
		client.readOnly()
			.sql("SHOW transaction_read_only", COUNT, "SHOW transaction_read_only", "SHOW transaction_isolation",
					"SELECT current_setting('transaction_read_only')", "SHOW search_path")
			.commit();
	}

	static void repeatableRead(Client client) {
		client.isolation(Connection.TRANSACTION_REPEATABLE_READ)
			.readOnly()
			.sql("SHOW transaction_isolation", COUNT)
			.commit()
			.state()
			.commit();
	}

	static void serializable(Client client) throws SQLException {
		client.isolation(Connection.TRANSACTION_SERIALIZABLE)
			.readOnly()
			.sql("SHOW transaction_isolation", COUNT)
			.commit();
		onReplica(client);
	}

	static void serializableAsText(Client client) throws SQLException {
		client.readOnly().sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", COUNT).commit();
		onReplica(client);
	}

	static void isolationInside(Client client) {
		client.readOnly().sql(COUNT).isolation(Connection.TRANSACTION_REPEATABLE_READ).commit().state().commit();
	}

	static void readWriteInside(Client client) {
		client.readOnly()
			.sql(COUNT)
			.does("read-write", () -> client.connection().setReadOnly(false))
			.commit()
			.state()
			.commit();
	}

	static void columnsAreAskedForBehindACommit(Client client) throws SQLException {
		client.readOnly();
		try (Statement statement = client.connection().createStatement();
				ResultSet rows = statement.executeQuery("SELECT id FROM item")) {
			client.commit().step("nullable", () -> rows.getMetaData().isNullable(1)).commit();
		}
		client.close();
		try (Client other = client.another()) {
			other.readOnly().sql(COUNT).commit();
		}
	}

	static void isolationBehindAQuestion(Client client) {
		client.readOnly()
			.sql(COUNT)
			.commit()
			.step("isolation is", () -> client.connection().getTransactionIsolation())
			.isolation(Connection.TRANSACTION_SERIALIZABLE)
			.sql(COUNT)
			.commit();
	}

	static void readWriteBehindAStatementThatIsNotExecuted(Client client) throws SQLException {
		client.readOnly().sql(COUNT).commit();
		try (PreparedStatement prepared = client.connection().prepareStatement(COUNT)) {
			client.readWrite().sql(INSERT).commit().step("count", () -> Client.executed(prepared)).commit();
		}
	}

	@Differs(steps = "row", because = "the connection to the replica was given back, and its pool closes what is open")
	static void resultIsReadBehindAChangeOfServers(Client client) throws SQLException {
		client.readOnly();
		try (Statement statement = client.connection().createStatement();
				ResultSet rows = statement.executeQuery("SELECT id FROM item ORDER BY id")) {
			rows.next();
			client.commit().readWrite().sql(INSERT).step("row", rows::next).commit();
		}
	}

	@Differs(steps = "prepared", because = "the statement is prepared again on another connection, without parameters")
	static void parametersBehindAChangeOfServers(Client client) throws SQLException {
		client.readWrite();
		try (PreparedStatement prepared = client.connection()
			.prepareStatement("UPDATE item SET name = ? WHERE id = ?")) {
			prepared.setString(1, "a");
			prepared.setInt(2, 4712);
			client.step("first", prepared::executeUpdate).commit().readOnly().sql(COUNT).commit().readWrite();
			client.step("prepared", () -> {
				prepared.setString(1, "b");
				return prepared.executeUpdate();
			}).commit();
		}
	}

	@Differs(steps = { "SET TRANSACTION READ WRITE", INSERT },
			because = "a transaction that has begun on a replica can't become read-write")
	static void readWriteAsTextInside(Client client) {
		client.readOnly().sql("SELECT 1", "SET TRANSACTION READ WRITE", INSERT).rollback();
	}

	static void streaming(Client client) throws SQLException {
		client.readOnly();
		try (Statement statement = client.connection().createStatement()) {
			statement.setFetchSize(7);
			client.step("rows", () -> statement.executeQuery("SELECT n FROM many ORDER BY n"));
			ResultSet rows = statement.executeQuery("SELECT n FROM many ORDER BY n");
			client.step("one", rows::next).commit().step("after commit", () -> rows);
		}
	}

	static void cursorAsText(Client client) {
		client.readOnly()
			.sql("DECLARE c CURSOR FOR SELECT n FROM many ORDER BY n", "FETCH 2 FROM c", "MOVE 3 IN c",
					"FETCH 1 FROM c", "CLOSE c", "FETCH 1 FROM c")
			.rollback();
	}

	static void refcursor(Client client) {
		client.readOnly().sql("SELECT cursor_of_items()", "FETCH 2 FROM \"<unnamed portal 1>\"").commit();
	}

	static void savepoint(Client client) throws SQLException {
		client.readOnly().sql(COUNT);
		Savepoint savepoint = client.connection().setSavepoint("s");
		client.sql("SELECT 1/0", "SELECT 1")
			.does("back", () -> client.connection().rollback(savepoint))
			.sql(COUNT)
			.does("release", () -> client.connection().releaseSavepoint(savepoint))
			.commit();
	}

	static void savepointAsFirstStatement(Client client) {
		client.readOnly().sql("SAVEPOINT a", COUNT, "ROLLBACK TO a", "RELEASE a").commit();
	}

	static void errorAbortsTransaction(Client client) {
		client.readOnly().sql(COUNT, "SELECT 1/0", "SELECT 1").rollback().sql(COUNT).commit();
	}

	static void commitAfterError(Client client) {
		client.readOnly().sql(COUNT, "SELECT * FROM nowhere").commit().sql(COUNT).commit();
	}

	static void errorAsFirstStatement(Client client) {
		client.readOnly().sql("SELECT fail()", "SELECT 1").rollback().sql("SELEC", COUNT).rollback();
	}

	static void commitAsText(Client client) {
		client.readOnly().sql(COUNT, "COMMIT", COUNT, "ROLLBACK", COUNT).commit();
	}

	static void commitAsTextThenWrite(Client client) {
		client.readOnly().sql(COUNT, "COMMIT", INSERT).rollback();
	}

	static void metaData(Client client) {
		client.readOnly()
			.step("tables", () -> client.connection().getMetaData().getTables(null, "public", "i%", null))
			.step("columns", () -> client.connection().getMetaData().getColumns(null, "public", "item", null))
			.step("product", () -> client.connection().getMetaData().getDatabaseProductVersion())
			.step("read-only", () -> client.connection().getMetaData().isReadOnly())
			.commit();
	}

	static void preparedOverTransactions(Client client) throws SQLException {
		client.readOnly();
		try (PreparedStatement statement = client.connection().prepareStatement("SELECT name FROM item WHERE id = ?")) {
			for (int i = 0; i < 8; i++) {
				int id = 1 + i % 3;
				client.step("execute", () -> Client.executed(statement, id)).commit();
			}
		}
	}

	static void plainOverTransactions(Client client) throws SQLException {
		client.readOnly();
		try (Statement statement = client.connection().createStatement()) {
			for (int i = 0; i < 4; i++) {
				client.step("execute", () -> statement.executeQuery("SELECT name FROM item ORDER BY id")).commit();
			}
		}
	}

	static void plainOverModes(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			client.readOnly()
				.step("read", () -> statement.executeQuery(COUNT))
				.commit()
				.readWrite()
				.step("write", () -> statement.executeUpdate(INSERT))
				.commit()
				.readOnly()
				.step("read", () -> statement.executeQuery(COUNT))
				.commit()
				.autoCommit(true)
				.step("outside", () -> statement.executeQuery(COUNT));
		}
	}

	static void preparedOverModes(Client client) throws SQLException {
		client.readOnly();
		try (PreparedStatement statement = client.connection()
			.prepareStatement("SELECT count(*) FROM item WHERE id > ?")) {
			client.step("read", () -> Client.executed(statement, 1))
				.commit()
				.readWrite()
				.sql(INSERT)
				.step("read in read-write", () -> Client.executed(statement, 1))
				.commit()
				.readOnly()
				.step("read", () -> Client.executed(statement, 1))
				.commit()
				.autoCommit(true)
				.step("outside", () -> Client.executed(statement, 1));
		}
	}

	static void parametersOverModes(Client client) throws SQLException {
		client.readOnly();
		try (PreparedStatement statement = client.connection().prepareStatement("SELECT name FROM item WHERE id = ?")) {
			statement.setInt(1, 2);
			client.step("read", statement::executeQuery)
				.commit()
				.readWrite()
				.sql("UPDATE item SET name = 'zwei' WHERE id = 2")
				.commit()
				.sql("SELECT 1")
				.commit();
		}
	}

	static void readsOwnWrite(Client client) {
		client.readOnly().sql(COUNT).commit();
		for (int i = 0; i < 5; i++) {
			client.readWrite().sql("UPDATE item SET price = price + 1 WHERE id = 1").commit();
			client.readOnly().sql("SELECT price FROM item WHERE id = 1").commit();
		}
	}

	static void anotherConnectionReadsOwnWrite(Client client) throws SQLException {
		onReplica(client);
		client.readWrite().sql(INSERT).commit();
		onReplica(client);
	}

	static void scrollable(Client client) throws SQLException {
		client.readOnly();
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
			ResultSet rows = statement.executeQuery("SELECT id FROM item ORDER BY id");
			client.step("last", rows::last).step("row", rows::getRow).step("first", rows::first).commit();
		}
	}

	static void interleavedResults(Client client) throws SQLException {
		client.readOnly();
		try (Statement one = client.connection().createStatement();
				Statement two = client.connection().createStatement()) {
			ResultSet items = one.executeQuery("SELECT id FROM item ORDER BY id");
			ResultSet rows = two.executeQuery("SELECT n FROM many ORDER BY n");
			client.step("item", items::next)
				.step("row", rows::next)
				.step("item", () -> items)
				.step("rows", () -> rows)
				.commit();
		}
	}

	static void severalStatements(Client client) {
		client.readOnly().sql("SELECT 1; SELECT 2", COUNT + "; " + COUNT).commit();
	}

	static void batchOfWrites(Client client) throws SQLException {
		client.readOnly();
		try (Statement statement = client.connection().createStatement()) {
			statement.addBatch(INSERT);
			client.step("batch", statement::executeBatch).rollback();
		}
		onReplica(client);
	}

	static void explain(Client client) {
		client.readOnly().sql("EXPLAIN (COSTS OFF) SELECT 1").commit();
	}

	static void setLocal(Client client) {
		client.readOnly()
			.sql("SET LOCAL work_mem = '5MB'", "SHOW work_mem", "SELECT set_config('my.tenant', 'a', true)",
					"SELECT current_setting('my.tenant')")
			.commit()
			.sql("SHOW work_mem")
			.commit();
	}

	static void queryTimeout(Client client) throws SQLException {
		client.readOnly();
		try (Statement statement = client.connection().createStatement()) {
			statement.setQueryTimeout(1);
			client.step("slow", () -> statement.executeQuery("SELECT pg_sleep(20)")).rollback();
		}
		client.sql("SET LOCAL statement_timeout = 20", "SELECT pg_sleep(20)").rollback();
	}

	static void lockTable(Client client) {
		client.readOnly().sql("LOCK TABLE item IN ACCESS SHARE MODE").rollback().sql(COUNT).commit();
	}

	static void maxRows(Client client) throws SQLException {
		client.readOnly();
		try (Statement statement = client.connection().createStatement()) {
			statement.setMaxRows(2);
			client.step("two", () -> statement.executeQuery("SELECT n FROM many ORDER BY n")).commit();
		}
	}

	static void autoCommitInside(Client client) {
		client.readOnly().sql(COUNT).autoCommit(true).state().sql(COUNT).autoCommit(false).sql(COUNT).commit();
	}

	static void setAfterwards(Client client) {
		client.readOnly().sql(COUNT).commit().readWrite().sql("SET work_mem = '5MB'").commit().readOnly();
		client.sql("SHOW work_mem").commit();
	}

}
