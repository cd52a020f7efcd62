package dev.tidemark.jdbc;

import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.BatchUpdateException;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

import org.awaitility.Awaitility;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Programs that begin outside a transaction.
 */
final class AutoCommitScenarios {

	private AutoCommitScenarios() {
	}

	static void select(Client client) {
		client.sql("SELECT * FROM item ORDER BY id", "SELECT 1 WHERE false", "VALUES (1, 'a'), (2, 'b')", "TABLE code");
	}

	static void insertUpdateDelete(Client client) {
		client.sql("INSERT INTO item (name) VALUES ('four'), ('five')", "UPDATE item SET price = price + 1",
				"DELETE FROM item WHERE id > 3", "DELETE FROM item WHERE id > 3", "SELECT * FROM item ORDER BY id");
	}

	static void readsOwnWrite(Client client) {
		for (int i = 10; i < 20; i++) {
			client.sql("INSERT INTO item VALUES (" + i + ", 'n" + i + "')", "SELECT count(*) FROM item");
		}
	}

	static void anotherConnectionReadsOwnWrite(Client client) throws SQLException {
		client.sql("INSERT INTO item (name) VALUES ('four')");
		try (Client other = client.another()) {
			other.sql("SELECT max(id) FROM item");
		}
	}

	static void returning(Client client) {
		client.sql("INSERT INTO item (name) VALUES ('four') RETURNING id, name",
				"UPDATE item SET price = 7 WHERE id < 3 RETURNING id", "DELETE FROM item WHERE id = 1 RETURNING *",
				"WITH gone AS (DELETE FROM item RETURNING id) SELECT count(*) FROM gone");
	}

	static void merge(Client client) {
		client.sql("MERGE INTO item USING (VALUES (1, 'uno'), (7, 'seven')) AS v (id, name) ON item.id = v.id "
				+ "WHEN MATCHED THEN UPDATE SET name = v.name WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.name)",
				"INSERT INTO item VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = 'eins'",
				"INSERT INTO item VALUES (1, 'y') ON CONFLICT DO NOTHING");
	}

	static void ddl(Client client) {
		client.sql("CREATE TABLE fresh (n int)", "INSERT INTO fresh VALUES (1)", "ALTER TABLE fresh ADD COLUMN m int",
				"SELECT * FROM fresh", "CREATE INDEX ON fresh (n)", "TRUNCATE fresh", "COMMENT ON TABLE fresh IS 'x'",
				"DROP TABLE fresh", "SELECT * FROM fresh");
	}

	static void selectInto(Client client) {
		client.sql("SELECT id INTO copied FROM item", "SELECT count(*) FROM copied", "CREATE TABLE c2 AS TABLE copied",
				"DROP TABLE copied, c2");
	}

	static void maintenance(Client client) {
		client.sql("VACUUM item", "ANALYZE item", "REINDEX TABLE item", "CHECKPOINT");
	}

	static void materializedView(Client client) {
		client.sql("CREATE MATERIALIZED VIEW total AS SELECT sum(price) FROM item", "UPDATE item SET price = 10",
				"SELECT * FROM total", "REFRESH MATERIALIZED VIEW total", "SELECT * FROM total");
	}

	static void doBlock(Client client) {
		client.sql("DO $$BEGIN INSERT INTO item (name) VALUES ('do'); END$$", "SELECT max(id) FROM item",
				"DO $$BEGIN RAISE EXCEPTION 'no'; END$$");
	}

	static void syntaxError(Client client) {
		client.sql("SELEC 1", "SELECT 1", "SELECT * FROM nowhere", "SELECT nothing FROM item", "");
	}

	static void errors(Client client) {
		client.sql("SELECT 1/0", "SELECT 'a'::int", "SELECT fail()", "INSERT INTO item VALUES (1)",
				"INSERT INTO item (price) VALUES (-1)", "INSERT INTO line VALUES (99)",
				"INSERT INTO code VALUES (1), (1)", "SELECT 1");
	}

	static void comments(Client client) {
		client.sql("/* a comment */ SELECT 1", "-- insert\nSELECT 2",
				"/* SELECT */ INSERT INTO item (name) VALUES ('c')", "SELECT 'delete from item'",
				"SELECT $$update item$$");
	}

	static void severalStatements(Client client) {
		client.sql("SELECT 1; SELECT 2; SELECT 3", "INSERT INTO item (name) VALUES ('m'); SELECT count(*) FROM item",
				"SELECT count(*) FROM item; DELETE FROM item WHERE name = 'm'; SELECT count(*) FROM item", ";",
				"SELECT 1;");
	}

	static void severalStatementsOneFails(Client client) {
		client.sql("INSERT INTO item (name) VALUES ('m'); SELECT 1/0; INSERT INTO item (name) VALUES ('n')",
				"SELECT count(*) FROM item");
	}

	static void beginCommitAsText(Client client) {
		client.sql("BEGIN", "INSERT INTO item (name) VALUES ('t')", "SELECT count(*) FROM item", "COMMIT",
				"SELECT count(*) FROM item");
	}

	static void beginRollbackAsText(Client client) {
		client.sql("BEGIN", "INSERT INTO item (name) VALUES ('t')", "ROLLBACK", "SELECT count(*) FROM item");
	}

	static void beginFailCommitAsText(Client client) {
		client.sql("BEGIN", "INSERT INTO item (name) VALUES ('t')", "SELECT 1/0", "SELECT 1", "COMMIT", "SELECT 1",
				"SELECT count(*) FROM item");
	}

	static void beginReadOnlyAsText(Client client) {
		client.sql("BEGIN READ ONLY", "SELECT count(*) FROM item", "DELETE FROM item", "ROLLBACK",
				"START TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SHOW transaction_isolation", "END");
	}

	static void savepointAsText(Client client) {
		client.sql("BEGIN", "SAVEPOINT a", "DELETE FROM item", "ROLLBACK TO a", "RELEASE a", "COMMIT",
				"SELECT count(*) FROM item", "SAVEPOINT b");
	}

	@Differs(steps = "SELECT count(*)", because = "the pool does not end such a transaction; Tidemark rolls it back")
	static void beginAsTextThenClose(Client client) throws SQLException {
		client.autoCommit(true).sql("BEGIN", "DELETE FROM item");
		client.close();
		try (Client other = client.another()) {
			other.sql("SELECT count(*) FROM item");
		}
	}

	static void commitAndRollbackWithoutTransaction(Client client) {
		client.commit().rollback().sql("COMMIT", "ROLLBACK", "SELECT 1");
	}

	static void setIsSeenLater(Client client) {
		client.sql("SET work_mem = '5MB'", "SHOW work_mem", "SELECT current_setting('work_mem')", "RESET work_mem",
				"SET LOCAL work_mem = '6MB'", "SHOW work_mem", "SET nothing.mine = 'a'", "SHOW nothing.mine",
				"SET no_such_parameter = 1");
	}

	static void setConfigIsSeenLater(Client client) {
		client.sql("SELECT set_config('work_mem', '7MB', false)", "SHOW work_mem",
				"SELECT set_config('work_mem', '8MB', true)", "SHOW work_mem");
	}

	static void setTimeZone(Client client) {
		client.sql("SET TIME ZONE 'Asia/Tokyo'", "SELECT '2026-11-21 00:00:00Z'::timestamptz::text", "SHOW timezone");
	}

	static void searchPathAsText(Client client) {
		client.sql("SET search_path TO other", "SELECT * FROM item")
			.state()
			.sql("RESET search_path", "SELECT count(*) FROM item");
	}

	static void setRole(Client client) {
		client.sql("SET ROLE pg_monitor", "SELECT current_user", "DELETE FROM public.item", "RESET ROLE",
				"SELECT count(*) FROM item");
	}

	static void discardAll(Client client) {
		client.sql("SET work_mem = '5MB'", "DISCARD ALL", "SHOW work_mem");
	}

	static void temporaryTable(Client client) {
		client.sql("CREATE TEMPORARY TABLE mine (n int)", "INSERT INTO mine VALUES (1), (2)", "SELECT sum(n) FROM mine",
				"CREATE TEMP TABLE mine (n int)", "DROP TABLE mine", "SELECT * FROM mine");
	}

	static void temporaryTableForms(Client client) {
		client.sql("SELECT 1 AS n INTO TEMP t1", "SELECT * FROM t1", "CREATE TABLE pg_temp.t2 (n int)",
				"SELECT * FROM t2", "CREATE TEMP VIEW v AS SELECT 5 AS n", "SELECT * FROM v", "CREATE TEMP SEQUENCE s",
				"SELECT nextval('s')");
	}

	static void sessionAdvisoryLock(Client client) throws SQLException {
		client.sql("SELECT pg_advisory_lock(1)");
		try (Client other = client.another()) {
			other.sql("SELECT pg_try_advisory_lock(1)");
			client.sql("SELECT 1", "SELECT pg_advisory_unlock(1)");
			other.sql("SELECT pg_try_advisory_lock(1)", "SELECT pg_advisory_unlock(1)");
		}
		client.sql("SELECT pg_advisory_unlock(1)");
	}

	static void transactionAdvisoryLockEndsAtOnce(Client client) throws SQLException {
		client.sql("SELECT pg_advisory_xact_lock(1)");
		try (Client other = client.another()) {
			other.sql("SELECT pg_try_advisory_xact_lock(1)");
		}
	}

	static void listenAndNotify(Client client) throws SQLException {
		PGConnection listener = client.connection().unwrap(PGConnection.class);
		client.sql("LISTEN news");
		try (Client other = client.another()) {
			other.sql("NOTIFY news, 'one'", "SELECT pg_notify('news', 'two')");
		}
		client.step("notifications", () -> {
			PGNotification[] found = listener.getNotifications(10_000);
			return Arrays.stream(found).map(PGNotification::getParameter).toList().contains("one");
		});
		client.sql("UNLISTEN *");
	}

	static void copy(Client client) throws SQLException {
		PGConnection driver = client.connection().unwrap(PGConnection.class);
		client.step("in", () -> driver.getCopyAPI().copyIn("COPY code FROM STDIN", new StringReader("1\n2\n")));
		client.step("out", () -> {
			StringWriter text = new StringWriter();
			long rows = driver.getCopyAPI().copyOut("COPY code TO STDOUT", text);
			return rows + " " + text;
		});
		client.step("bad", () -> driver.getCopyAPI().copyIn("COPY code FROM STDIN", new StringReader("x\n")));
		client.sql("SELECT count(*) FROM code", "COPY code TO STDOUT");
	}

	static void copyIsReadElsewhere(Client client) throws SQLException {
		client.autoCommit(true);
		PGConnection driver = client.connection().unwrap(PGConnection.class);
		client.step("in", () -> driver.getCopyAPI().copyIn("COPY code FROM STDIN", new StringReader("1\n2\n")));
		client.close();
		try (Client other = client.another()) {
			other.readOnly().sql("SELECT count(*) FROM code").commit();
		}
	}

	static void sequences(Client client) {
		client.sql("SELECT currval('counter')", "SELECT nextval('counter')", "SELECT currval('counter')",
				"SELECT lastval()", "SELECT setval('counter', 40)", "SELECT nextval('counter')",
				"INSERT INTO item (name) VALUES ('s')", "SELECT lastval()");
	}

	static void batch(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			statement.addBatch("INSERT INTO item (name) VALUES ('b1')");
			statement.addBatch("UPDATE item SET price = 5");
			statement.addBatch("DELETE FROM item WHERE id = 1");
			client.step("batch", statement::executeBatch).step("again", statement::executeBatch);
		}
		client.sql("SELECT * FROM item ORDER BY id");
	}

	static void batchBehindAQuery(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			statement.executeQuery("SELECT count(*) FROM item").close();
			statement.addBatch("SELECT add_item('b0')");
			statement.addBatch("INSERT INTO item (name) VALUES ('b1')");
			client.step("batch", () -> counts(statement));
		}
		client.sql("SELECT * FROM item ORDER BY id");
	}

	static void batchIsCleared(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			statement.addBatch("DELETE FROM item");
			statement.clearBatch();
			client.step("batch", statement::executeBatch);
			statement.addBatch("INSERT INTO item (name) VALUES ('b1')");
			client.step("large batch", statement::executeLargeBatch);
		}
	}

	static void batchFailsInTheMiddle(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			statement.addBatch("INSERT INTO item (name) VALUES ('b1')");
			statement.addBatch("INSERT INTO item VALUES (1)");
			statement.addBatch("INSERT INTO item (name) VALUES ('b2')");
			client.step("batch", () -> counts(statement));
		}
		client.sql("SELECT count(*) FROM item");
	}

	private static String counts(Statement statement) throws SQLException {
		try {
			return Arrays.toString(statement.executeBatch());
		}
		catch (BatchUpdateException ex) {
			return ex.getSQLState() + " " + Arrays.toString(ex.getUpdateCounts()) + " then "
					+ ex.getNextException().getSQLState();
		}
	}

	static void batchWithSelect(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			statement.addBatch("INSERT INTO item (name) VALUES ('b1')");
			statement.addBatch("SELECT 1");
			client.step("batch", () -> counts(statement));
		}
	}

	@Differs(steps = { "add", "batch" },
			because = "where a batch runs depends on all of it, so the driver parses it when it is executed")
	static void batchWithTextThatCantBeParsed(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			statement.addBatch("DELETE FROM item WHERE false");
			client.does("add", () -> statement.addBatch("SELECT {fn ucase('a', 'b')}"))
				.step("batch", statement::executeBatch)
				.step("again", statement::executeBatch);
		}
	}

	static void preparedBatch(Client client) throws SQLException {
		try (PreparedStatement statement = client.connection().prepareStatement("INSERT INTO item (name) VALUES (?)")) {
			for (int i = 0; i < 20; i++) {
				statement.setString(1, "b" + i);
				statement.addBatch();
			}
			client.step("batch", statement::executeBatch);
			statement.setString(1, "c");
			client.step("once", statement::executeUpdate);
		}
		client.sql("SELECT count(*), max(id) FROM item");
	}

	static void preparedBatchFailsInTheMiddle(Client client) throws SQLException {
		try (PreparedStatement statement = client.connection().prepareStatement("INSERT INTO item VALUES (?, ?)")) {
			for (int id = 5; id > 1; id--) {
				statement.setInt(1, id);
				statement.setString(2, "b" + id);
				statement.addBatch();
			}
			client.step("batch", () -> counts(statement));
		}
		client.sql("SELECT count(*) FROM item");
	}

	static void batchReturnsKeys(Client client) throws SQLException {
		try (PreparedStatement statement = client.connection()
			.prepareStatement("INSERT INTO item (name) VALUES (?)", new String[] { "id" })) {
			for (String name : new String[] { "a", "b", "c" }) {
				statement.setString(1, name);
				statement.addBatch();
			}
			client.step("batch", statement::executeBatch).step("keys", statement::getGeneratedKeys);
		}
	}

	static void generatedKeys(Client client) throws SQLException {
		String sql = "INSERT INTO item (name) VALUES ('k1'), ('k2')";
		try (Statement statement = client.connection().createStatement()) {
			client.step("insert", () -> statement.executeUpdate(sql, Statement.RETURN_GENERATED_KEYS))
				.step("keys", statement::getGeneratedKeys)
				.step("duplicate", () -> statement.executeUpdate(sql, new String[] { "id" }))
				.step("keys of none", statement::getGeneratedKeys)
				.step("by index",
						() -> statement.executeUpdate("INSERT INTO item (name) VALUES ('k3')", new int[] { 1 }));
		}
	}

	static void generatedKeysOfPrepared(Client client) throws SQLException {
		try (PreparedStatement statement = client.connection()
			.prepareStatement("INSERT INTO item (name) VALUES (?)", Statement.RETURN_GENERATED_KEYS)) {
			for (String name : new String[] { "k1", "k2", "k1" }) {
				statement.setString(1, name);
				client.step("insert " + name, statement::executeUpdate).step("keys", statement::getGeneratedKeys);
			}
		}
	}

	static void updatableResultSet(Client client) throws SQLException {
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
				ResultSet rows = statement.executeQuery("SELECT id, name FROM item ORDER BY id")) {
			client.step("next", rows::next).does("update", () -> {
				rows.updateString("name", "eins");
				rows.updateRow();
			}).step("updated", () -> rows.getString("name")).does("insert", () -> {
				rows.moveToInsertRow();
				rows.updateInt("id", 30);
				rows.updateString("name", "thirty");
				rows.insertRow();
				rows.moveToCurrentRow();
			}).does("delete", () -> {
				rows.absolute(2);
				rows.deleteRow();
			}).does("violation", () -> {
				rows.first();
				rows.updateString("name", "three");
				rows.updateRow();
			}).does("refresh", rows::refreshRow);
		}
		client.sql("SELECT id, name FROM item ORDER BY id");
	}

	static void cancelRowUpdates(Client client) throws SQLException {
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_UPDATABLE);
				ResultSet rows = statement.executeQuery("SELECT id, name FROM item ORDER BY id")) {
			client.step("next", rows::next).does("cancelled", () -> {
				rows.updateNull("name");
				rows.cancelRowUpdates();
				rows.updateRow();
			}).step("name", () -> rows.getString(2));
		}
	}

	static void readOnlyResultSetIsNotUpdated(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement();
				ResultSet rows = statement.executeQuery("SELECT id, name FROM item ORDER BY id")) {
			client.step("next", rows::next)
				.does("update", () -> rows.updateString("name", "eins"))
				.does("delete", rows::deleteRow)
				.step("back", rows::previous);
		}
	}

	static void scrollableResultSet(Client client) throws SQLException {
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
				ResultSet rows = statement.executeQuery("SELECT id FROM item ORDER BY id")) {
			client.step("last", rows::last)
				.step("row", rows::getRow)
				.step("previous", rows::previous)
				.step("value", () -> rows.getInt(1))
				.step("absolute", () -> rows.absolute(-3))
				.step("value", () -> rows.getInt(1))
				.step("relative", () -> rows.relative(5))
				.step("after last", rows::isAfterLast)
				.step("value", () -> rows.getInt(1));
		}
	}

	static void functionCall(Client client) throws SQLException {
		try (CallableStatement call = client.connection().prepareCall("{? = call plus(?, ?)}")) {
			call.registerOutParameter(1, Types.INTEGER);
			call.setInt(2, 3);
			client.does("missing", call::execute);
			call.setInt(3, 4);
			client.step("execute", call::execute).step("result", () -> call.getInt(1)).step("again", () -> {
				call.setInt(2, 30);
				call.execute();
				return call.getInt(1);
			}).step("wrong type", () -> call.getString(1)).step("wrong index", () -> call.getInt(2));
		}
	}

	static void functionWithOutParameters(Client client) throws SQLException {
		try (CallableStatement call = client.connection().prepareCall("{call doubled(?, ?, ?)}")) {
			call.setInt(1, 21);
			call.registerOutParameter(2, Types.INTEGER);
			call.registerOutParameter(3, Types.VARCHAR);
			client.step("execute", call::execute)
				.step("twice", () -> call.getInt(2))
				.step("word", () -> call.getString(3));
		}
	}

	static void procedureWithInOutParameters(Client client) throws SQLException {
		try (CallableStatement call = client.connection().prepareCall("call swap(?, ?)")) {
			call.setInt(1, 1);
			call.setInt(2, 2);
			call.registerOutParameter(1, Types.INTEGER);
			call.registerOutParameter(2, Types.INTEGER);
			client.step("execute", call::execute).step("a", () -> call.getInt(1)).step("b", () -> call.getInt(2));
		}
	}

	static void writingFunctionCall(Client client) throws SQLException {
		try (CallableStatement call = client.connection().prepareCall("{? = call add_item(?)}")) {
			call.registerOutParameter(1, Types.INTEGER);
			call.setString(2, "called");
			client.step("execute", call::execute).step("id", () -> call.getInt(1));
		}
		client.sql("SELECT add_item('selected')", "SELECT count(*) FROM item");
	}

	static void procedureCommits(Client client) {
		client.sql("CALL commit_item('p')", "SELECT count(*) FROM item");
		client.readWrite().sql("CALL commit_item('q')").rollback();
	}

	static void setReturningFunction(Client client) {
		client.sql("SELECT * FROM items()", "SELECT name FROM items() LIMIT 1");
	}

	static void warnings(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			client.step("none", statement::getWarnings)
				.step("query", () -> statement.executeQuery("SELECT complain()"))
				.step("message", () -> statement.getWarnings().getMessage())
				.step("next", () -> statement.getWarnings().getNextWarning())
				.does("clear", statement::clearWarnings)
				.step("cleared", statement::getWarnings);
		}
	}

	static void statementIsReused(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			ResultSet first = statement.executeQuery("SELECT id FROM item ORDER BY id");
			client.step("next", first::next)
				.step("second", () -> statement.executeQuery("SELECT 2"))
				.step("first closed", first::isClosed)
				.step("first value", () -> first.getInt(1))
				.step("update", () -> statement.executeUpdate("DELETE FROM item WHERE id = 1"))
				.step("count", statement::getUpdateCount)
				.step("no result", statement::getResultSet);
		}
	}

	static void statementAfterError(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			client.step("error", () -> statement.executeQuery("SELECT 1/0"))
				.step("result", statement::getResultSet)
				.step("next", () -> statement.executeQuery("SELECT 1"));
		}
	}

	static void wrongExecuteMethod(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			client.step("query", () -> statement.executeQuery("DELETE FROM item WHERE id = 1"))
				.step("update", () -> statement.executeUpdate("SELECT 1"));
		}
		try (PreparedStatement statement = client.connection().prepareStatement("DELETE FROM item WHERE id = 2")) {
			client.step("prepared query", statement::executeQuery);
		}
		try (PreparedStatement statement = client.connection().prepareStatement("SELECT 1")) {
			client.step("prepared update", statement::executeUpdate)
				.step("plain text", () -> statement.executeQuery("SELECT 2"));
		}
		client.sql("SELECT count(*) FROM item");
	}

	static void preparedIsReused(Client client) throws SQLException {
		try (PreparedStatement statement = client.connection().prepareStatement("SELECT name FROM item WHERE id = ?")) {
			for (int id = 1; id <= 10; id++) {
				int key = id % 4;
				client.step("execute " + id, () -> Client.executed(statement, key));
			}
			client.does("clear", statement::clearParameters).step("without", statement::executeQuery);
		}
	}

	static void preparedSurvivesChangeOfTable(Client client) throws SQLException {
		try (PreparedStatement statement = client.connection().prepareStatement("SELECT * FROM item WHERE id = ?")) {
			for (int i = 0; i < 7; i++) {
				client.step("execute", () -> Client.executed(statement, 1));
			}
			client.sql("ALTER TABLE item ADD COLUMN extra int");
			client.step("changed", () -> Client.executed(statement, 1))
				.step("again", () -> Client.executed(statement, 1));
		}
	}

	static void preparedWithErrors(Client client) throws SQLException {
		client.step("syntax", () -> client.connection().prepareStatement("SELEC ?").execute());
		try (PreparedStatement statement = client.connection().prepareStatement("SELECT 1 / ?::int")) {
			client.step("zero", () -> Client.executed(statement, 0))
				.step("two", () -> Client.executed(statement, 2))
				.does("index", () -> statement.setInt(2, 1))
				.does("type", () -> statement.setObject(1, new Thread()))
				.step("text", () -> Client.executed(statement, "x"));
		}
	}

	static void preparedMetaData(Client client) throws SQLException {
		try (PreparedStatement statement = client.connection()
			.prepareStatement("SELECT id, name, price FROM item WHERE id = ? AND name = ?")) {
			client.step("parameters", () -> statement.getParameterMetaData().getParameterCount())
				.step("type", () -> statement.getParameterMetaData().getParameterTypeName(2))
				.step("columns", () -> statement.getMetaData().getColumnCount())
				.step("table", () -> statement.getMetaData().getColumnTypeName(3));
		}
	}

	static void interleavedResults(Client client) throws SQLException {
		try (Statement one = client.connection().createStatement();
				Statement two = client.connection().createStatement();
				ResultSet items = one.executeQuery("SELECT id FROM item ORDER BY id");
				ResultSet rows = two.executeQuery("SELECT n FROM many ORDER BY n")) {
			for (int i = 0; i < 4; i++) {
				client.step("item", () -> items.next() ? items.getInt(1) : "end");
				client.sql("UPDATE item SET price = price + 1 WHERE id = 2");
				client.step("row", () -> rows.next() ? rows.getInt(1) : "end");
			}
		}
	}

	static void closeOnCompletion(Client client) throws SQLException {
		Statement statement = client.connection().createStatement();
		client.does("set", statement::closeOnCompletion);
		ResultSet rows = statement.executeQuery("SELECT 1");
		client.step("open", statement::isClosed)
			.does("close", rows::close)
			.step("closed", statement::isClosed)
			.step("use", () -> statement.executeQuery("SELECT 1"));
	}

	static void moreResults(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			client.step("execute", () -> statement.execute("SELECT 1; SELECT 2; DELETE FROM item; SELECT 3"));
			ResultSet first = statement.getResultSet();
			client.step("keep", () -> statement.getMoreResults(Statement.KEEP_CURRENT_RESULT))
				.step("first is open", first::isClosed)
				.step("second", statement::getResultSet)
				.step("close all", () -> statement.getMoreResults(Statement.CLOSE_ALL_RESULTS))
				.step("first is closed", first::isClosed)
				.step("count", statement::getUpdateCount)
				.step("third", statement::getMoreResults)
				.step("end", statement::getMoreResults)
				.step("no count", statement::getUpdateCount);
		}
	}

	static void closedStatement(Client client) throws SQLException {
		Statement statement = client.connection().createStatement();
		ResultSet rows = statement.executeQuery("SELECT 1");
		statement.close();
		client.step("rows", rows::next)
			.step("execute", () -> statement.execute("SELECT 1"))
			.does("close", statement::close)
			.step("closed", statement::isClosed)
			.step("result", statement::getResultSet);
	}

	static void closedConnection(Client client) throws SQLException {
		Statement statement = client.connection().createStatement();
		PreparedStatement prepared = client.connection().prepareStatement("SELECT 1");
		ResultSet rows = statement.executeQuery("SELECT 1");
		client.close();
		client.step("rows", rows::next)
			.step("execute", () -> statement.execute("SELECT 1"))
			.step("prepared", prepared::executeQuery)
			.step("create", client.connection()::createStatement)
			.commit()
			.step("closed", client.connection()::isClosed);
	}

	static void manyTypes(Client client) {
		client.prepared("INSERT INTO kind (id, j, u, b, t, d, f, l) VALUES (1, ?::jsonb, ?, ?, ?, ?, ?, ?)",
				"{\"a\": 1}", UUID.fromString("5d8a9fd5-0d09-4c3b-9a1f-9a8c8e5f7f10"), new byte[] { 1, 2 },
				OffsetDateTime.parse("2026-11-21T10:00:00Z"), LocalDate.parse("2026-11-21"), true, Long.MAX_VALUE);
		client.step("objects", () -> {
			try (Statement statement = client.connection().createStatement();
					ResultSet rows = statement.executeQuery("SELECT j, u, b, t, d, f, l FROM kind")) {
				rows.next();
				return rows.getObject(1) + " " + rows.getObject(2, UUID.class) + " " + rows.getBytes(3).length + " "
						+ rows.getObject(4, OffsetDateTime.class) + " " + rows.getObject(5, LocalDate.class) + " "
						+ rows.getBoolean(6) + " " + rows.getLong(7) + " " + rows.wasNull();
			}
		}).step("wrong type", () -> {
			try (Statement statement = client.connection().createStatement();
					ResultSet rows = statement.executeQuery("SELECT u FROM kind")) {
				rows.next();
				return rows.getInt(1);
			}
		});
	}

	static void nulls(Client client) throws SQLException {
		try (PreparedStatement statement = client.connection()
			.prepareStatement("INSERT INTO kind (id, j, u, b, t) VALUES (?, ?, ?, ?, ?)")) {
			statement.setInt(1, 1);
			statement.setNull(2, Types.OTHER);
			statement.setObject(3, null);
			statement.setBytes(4, null);
			statement.setTimestamp(5, null);
			client.step("insert", statement::executeUpdate);
		}
		client.step("null", () -> {
			try (Statement statement = client.connection().createStatement();
					ResultSet rows = statement.executeQuery("SELECT l, u FROM kind")) {
				rows.next();
				return rows.getLong(1) + " " + rows.wasNull() + " " + rows.getString(2) + " " + rows.wasNull();
			}
		});
	}

	static void arrays(Client client) throws SQLException {
		try (PreparedStatement statement = client.connection()
			.prepareStatement("INSERT INTO kind (id, a) VALUES (1, ?) RETURNING a")) {
			statement.setArray(1, client.connection().createArrayOf("int4", new Object[] { 1, 2, null }));
			client.step("insert", statement::executeQuery);
		}
		client.step("read", () -> {
			try (Statement statement = client.connection().createStatement();
					ResultSet rows = statement.executeQuery("SELECT a FROM kind")) {
				rows.next();
				return rows.getArray(1);
			}
		});
	}

	static void xml(Client client) throws SQLException {
		try (PreparedStatement statement = client.connection().prepareStatement("SELECT ?::text")) {
			java.sql.SQLXML xml = client.connection().createSQLXML();
			xml.setString("<a>1</a>");
			client.does("set", () -> statement.setSQLXML(1, xml)).step("value", xml::getString);
		}
	}

	static void binaryStream(Client client) throws SQLException {
		try (PreparedStatement statement = client.connection()
			.prepareStatement("INSERT INTO kind (id, b) VALUES (1, ?) RETURNING length(b)")) {
			statement.setBinaryStream(1, new java.io.ByteArrayInputStream("abc".getBytes(StandardCharsets.UTF_8)), 3);
			client.step("insert", statement::executeQuery);
		}
	}

	static void queryTimeout(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			statement.setQueryTimeout(1);
			client.step("slow", () -> statement.executeQuery("SELECT pg_sleep(20)"))
				.step("next", () -> statement.executeQuery("SELECT 1"));
		}
		client.sql("SET statement_timeout = 50", "SELECT pg_sleep(20)", "RESET statement_timeout", "SELECT 1");
	}

	static void maxRows(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			statement.setMaxRows(2);
			client.step("two", () -> statement.executeQuery("SELECT n FROM many ORDER BY n"));
			statement.setMaxRows(0);
			client.step("all", () -> statement.executeQuery("SELECT id FROM item ORDER BY id"));
		}
	}

	static void fetchSizeWithoutTransaction(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			statement.setFetchSize(7);
			client.step("all", () -> statement.executeQuery("SELECT n FROM many ORDER BY n"));
		}
	}

	static void cancelledByAnotherThread(Client client) throws Exception {
		try (Client other = client.another(); Statement statement = client.connection().createStatement()) {
			CompletableFuture<Void> cancelling = CompletableFuture.runAsync(() -> cancel(other, statement));
			client.step("slow", () -> statement.executeQuery("SELECT pg_sleep(20) AS to_be_cancelled"));
			cancelling.join();
		}
		client.sql("SELECT 1");
	}

	private static void cancel(Client other, Statement statement) {
		Awaitility.await().until(() -> {
			try (Statement watching = other.connection().createStatement();
					ResultSet found = watching.executeQuery("SELECT 1 FROM pg_stat_activity WHERE state = 'active' "
							+ "AND query LIKE '%to_be_cancelled' AND pid <> pg_backend_pid()")) {
				return found.next();
			}
		});
		try {
			statement.cancel();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static void cancelWithNothingRunning(Client client) throws SQLException {
		try (Statement statement = client.connection().createStatement()) {
			client.does("before", statement::cancel)
				.step("execute", () -> statement.executeQuery("SELECT 1"))
				.does("after", statement::cancel);
		}
	}

	static void prepareAsText(Client client) {
		client.sql("PREPARE one (int) AS SELECT name FROM item WHERE id = $1", "EXECUTE one(2)",
				"PREPARE gone AS DELETE FROM item WHERE id = 3", "EXECUTE gone", "SELECT count(*) FROM item",
				"DEALLOCATE one", "EXECUTE one(1)");
	}

	static void cursorWithHold(Client client) {
		client.sql("DECLARE c CURSOR WITH HOLD FOR SELECT n FROM many ORDER BY n", "FETCH 2 FROM c", "MOVE 3 IN c",
				"FETCH 1 FROM c", "CLOSE c", "FETCH 1 FROM c", "DECLARE d CURSOR FOR SELECT 1");
	}

	static void lockingReads(Client client) {
		client.sql("SELECT id FROM item WHERE id = 1 FOR UPDATE", "SELECT id FROM item WHERE id = 1 FOR SHARE",
				"SELECT id FROM item WHERE id = 1 FOR NO KEY UPDATE SKIP LOCKED", "LOCK TABLE item");
	}

	static void explain(Client client) {
		client.sql("EXPLAIN (COSTS OFF) SELECT 1",
				"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) DELETE FROM item",
				"SELECT count(*) FROM item");
	}

	static void escapes(Client client) throws SQLException {
		client.sql("SELECT {fn concat('a', 'b')}", "SELECT {d '2026-11-21'}");
		client.step("native", () -> client.connection().nativeSQL("SELECT {fn ucase('a')}"));
		try (Statement statement = client.connection().createStatement()) {
			statement.setEscapeProcessing(false);
			client.step("off", () -> statement.executeQuery("SELECT {d '2026-11-21'}"));
		}
	}

	static void questionMarkOperator(Client client) {
		client.sql("SELECT '{\"a\": 1}'::jsonb ? 'a'").prepared("SELECT '{\"a\": 1}'::jsonb ?? ?::text", "b");
	}

	static void metaData(Client client) throws SQLException {
		client.step("tables", () -> client.connection().getMetaData().getTables(null, "public", "i%", null));
		client.step("columns", () -> client.connection().getMetaData().getColumns(null, "public", "item", null));
		client.step("keys", () -> client.connection().getMetaData().getPrimaryKeys(null, "public", "item"));
		client.step("imported", () -> client.connection().getMetaData().getImportedKeys(null, "public", "line"));
		client.step("functions", () -> client.connection().getMetaData().getFunctions(null, "public", "p%").next());
		client.step("schemas", () -> client.connection().getMetaData().getSchemas());
	}

	static void largeObjectOutsideTransaction(Client client) throws SQLException {
		PGConnection driver = client.connection().unwrap(PGConnection.class);
		client.step("create", () -> driver.getLargeObjectAPI().createLO() > 0);
		client.sql("SELECT lo_create(4711)", "SELECT lo_put(4711, 0, 'abc')", "SELECT lo_get(4711)",
				"SELECT lo_unlink(4711)");
	}

	static void isValid(Client client) throws SQLException {
		Connection connection = client.connection();
		client.step("valid", () -> connection.isValid(5)).step("negative", () -> connection.isValid(-1));
		client.close();
		client.step("closed", () -> connection.isValid(5));
	}

	static void backendDies(Client client) throws SQLException {
		try (Client other = client.another()) {
			client.sql("SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 1");
			client.step("closed", client.connection()::isClosed);
			other.sql("SELECT 1");
		}
	}

}
