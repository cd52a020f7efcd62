package dev.tidemark.jdbc;

import java.io.StringReader;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.Arrays;
import java.util.List;

import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.largeobject.LargeObject;

/**
 * Programs in read-write transactions.
 */
final class ReadWriteScenarios {

	private static final String INSERT = "INSERT INTO item (name) VALUES ('new')";

	private static final String COUNT = "SELECT count(*) FROM item";

	private ReadWriteScenarios() {
	}

	static void commit(Client client) {
		client.readWrite().sql(INSERT, COUNT).commit().sql(COUNT).commit();
	}

	static void rollback(Client client) {
		client.readWrite().sql(INSERT, COUNT).rollback().sql(COUNT).commit();
	}

	static void closeWithoutCommit(Client client) throws SQLException {
		client.readWrite().sql(INSERT);
		client.close();
		try (Client other = client.another()) {
			other.sql(COUNT);
		}
	}

	static void uncommittedIsNotSeenElsewhere(Client client) throws SQLException {
		client.readWrite().sql(INSERT);
		try (Client other = client.another()) {
			other.autoCommit(true).sql(COUNT);
			client.commit();
			other.sql(COUNT);
		}
	}

	static void emptyTransactions(Client client) {
		client.readWrite().commit().rollback().commit().sql("SELECT 1").commit().commit().rollback();
	}

	static void commitInAutoCommit(Client client) {
		client.autoCommit(true).commit().rollback().sql(COUNT);
	}

	static void autoCommitInTransactionCommits(Client client) {
		client.readWrite().sql(INSERT).autoCommit(true).rollback().sql(COUNT).state();
	}

	static void autoCommitUnchangedDoesNotCommit(Client client) {
		client.readWrite().sql(INSERT).autoCommit(false).rollback().sql(COUNT).commit();
	}

	static void manyTransactions(Client client) {
		client.readWrite();
		for (int i = 0; i < 5; i++) {
			client.sql("UPDATE item SET price = price + 1 WHERE id = 1").commit();
			client.sql("UPDATE item SET price = price + 1 WHERE id = 1").rollback();
		}
		client.sql("SELECT price FROM item WHERE id = 1").commit();
	}

	static void namedSavepoint(Client client) throws SQLException {
		client.readWrite().sql(INSERT);
		Savepoint savepoint = client.connection().setSavepoint("s");
		client.step("name", savepoint::getSavepointName)
			.step("id", savepoint::getSavepointId)
			.sql("DELETE FROM item")
			.does("back", () -> client.connection().rollback(savepoint))
			.sql(COUNT)
			.does("release", () -> client.connection().releaseSavepoint(savepoint))
			.does("after its end", () -> client.connection().rollback(savepoint))
			.sql("SELECT 1")
			.commit()
			.sql(COUNT)
			.commit();
	}

	static void unnamedSavepoints(Client client) throws SQLException {
		client.readWrite();
		Savepoint one = client.connection().setSavepoint();
		client.sql(INSERT);
		Savepoint two = client.connection().setSavepoint();
		client.step("id", one::getSavepointId)
			.step("id", two::getSavepointId)
			.step("name", one::getSavepointName)
			.does("back to one", () -> client.connection().rollback(one))
			.does("back to two", () -> client.connection().rollback(two))
			.rollback();
	}

	static void savepointRescuesTransaction(Client client) throws SQLException {
		client.readWrite().sql(INSERT);
		Savepoint savepoint = client.connection().setSavepoint();
		client.sql("INSERT INTO item VALUES (1)", "SELECT 1")
			.does("back", () -> client.connection().rollback(savepoint))
			.sql(COUNT)
			.commit();
	}

	static void savepointAfterCommit(Client client) throws SQLException {
		client.readWrite();
		Savepoint savepoint = client.connection().setSavepoint("s");
		client.sql(INSERT)
			.commit()
			.does("back", () -> client.connection().rollback(savepoint))
			.sql("SELECT 1")
			.rollback()
			.does("release", () -> client.connection().releaseSavepoint(savepoint))
			.rollback();
	}

	static void savepointInAutoCommit(Client client) {
		client.autoCommit(true)
			.step("set", () -> client.connection().setSavepoint())
			.step("named", () -> client.connection().setSavepoint("s"));
	}

	static void savepointOfAnotherConnection(Client client) throws SQLException {
		client.readWrite();
		try (Client other = client.another()) {
			other.readWrite();
			Savepoint savepoint = other.connection().setSavepoint("s");
			client.does("foreign", () -> client.connection().rollback(savepoint)).rollback();
			other.rollback();
		}
	}

	static void savepointsAsText(Client client) {
		client.readWrite()
			.sql(INSERT, "SAVEPOINT a", "DELETE FROM item", "SAVEPOINT b", "RELEASE b", "ROLLBACK TO a", COUNT,
					"ROLLBACK TO b", "SELECT 1")
			.commit()
			.sql(COUNT)
			.commit();
	}

	static void uniqueViolation(Client client) {
		client.readWrite().sql(INSERT, "INSERT INTO item VALUES (1)", "SELECT 1").rollback().sql(COUNT).commit();
	}

	static void foreignKeyViolation(Client client) {
		client.readWrite()
			.sql("INSERT INTO line VALUES (99, 1)", "SET CONSTRAINTS ALL IMMEDIATE", "SELECT 1")
			.rollback();
	}

	static void checkViolation(Client client) {
		client.readWrite().sql("UPDATE item SET price = -1").commit();
	}

	static void deferredForeignKeyAtCommit(Client client) {
		client.readWrite().sql("INSERT INTO line VALUES (99, 1)").commit().sql("SELECT count(*) FROM line").commit();
	}

	static void deferredUniqueAtCommit(Client client) {
		client.readWrite().sql(INSERT, "INSERT INTO code VALUES (1), (1)").commit().sql(COUNT).commit();
	}

	static void deferredUniqueMended(Client client) {
		client.readWrite()
			.sql("INSERT INTO code VALUES (1), (1)", "UPDATE code SET code = code + 1 WHERE ctid = '(0,1)'")
			.commit();
	}

	static void abortedTransactionIsUsed(Client client) {
		client.readWrite().sql(INSERT, "SELECT 1/0", COUNT, INSERT, "SET LOCAL work_mem = '1MB'").state().commit();
		client.sql(COUNT).commit();
	}

	static void batchBehindAReadOnlyTransaction(Client client) throws SQLException {
		client.readOnly();
		try (Statement statement = client.connection().createStatement();
				PreparedStatement prepared = client.connection().prepareStatement("SELECT add_item(?)")) {
			prepared.setString(1, "p1");
			client.does("query", () -> statement.executeQuery(COUNT).close()).commit().readWrite();
			statement.addBatch(INSERT);
			prepared.addBatch();
			client.step("batch", statement::executeBatch).step("prepared batch", () -> counts(prepared)).commit();
		}
		client.sql("SELECT name FROM item ORDER BY id").commit();
	}

	private static String counts(Statement statement) throws SQLException {
		try {
			return Arrays.toString(statement.executeBatch());
		}
		catch (SQLException ex) {
			return String.valueOf(ex.getSQLState());
		}
	}

	static void copyBehindACommit(Client client) throws SQLException {
		client.readWrite();
		CopyManager copy = client.connection().unwrap(PGConnection.class).getCopyAPI();
		for (String row : List.of("c1", "c2")) {
			client.step("copy", () -> copy.copyIn("COPY item (name) FROM STDIN", new StringReader(row + "\n")));
			client.commit();
		}
		client.rollback();
	}

	static void copyBehindAChangeOfAutoCommit(Client client) throws SQLException {
		client.readWrite();
		CopyManager copy = client.connection().unwrap(PGConnection.class).getCopyAPI();
		client.commit()
			.autoCommit(true)
			.step("copy", () -> copy.copyIn("COPY item (name) FROM STDIN", new StringReader("c1\n")))
			.autoCommit(false)
			.step("copy", () -> copy.copyIn("COPY item (name) FROM STDIN", new StringReader("c2\n")))
			.rollback()
			.step("copy", () -> copy.copyIn("COPY item (name) FROM STDIN", new StringReader("c3\n")))
			.autoCommit(true)
			.state()
			.step("copy", () -> copy.copyIn("COPY item (name) FROM STDIN", new StringReader("c4\n")));
	}

	static void rowIsChangedBehindAChangeOfAutoCommit(Client client) throws SQLException {
		client.autoCommit(true);
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
				ResultSet rows = statement.executeQuery("SELECT id, name FROM item ORDER BY id")) {
			rows.next();
			client.autoCommit(false);
			rename(client, rows, "rolled back").rollback();
			rename(client, rows, "committed").commit().autoCommit(true);
			rows.next();
			rename(client, rows, "by itself");
		}
	}

	static void rowIsChangedOutsideItsTransaction(Client client) throws SQLException {
		client.readWrite();
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
				ResultSet rows = statement.executeQuery("SELECT id, name FROM item ORDER BY id")) {
			rows.next();
			client.autoCommit(true);
			rename(client, rows, "by itself");
		}
	}

	private static Client rename(Client client, ResultSet rows, String name) {
		return client.does("name " + name, () -> {
			rows.updateString(2, name);
			rows.updateRow();
		});
	}

	static void largeObjectBehindAChangeOfAutoCommit(Client client) throws SQLException {
		client.autoCommit(true).sql("SELECT lo_from_bytea(4711, 'hello')");
		try (Statement statement = client.connection().createStatement();
				ResultSet rows = statement.executeQuery("SELECT 4711::oid")) {
			rows.next();
			Blob blob = rows.getBlob(1);
			client.autoCommit(false).step("length", blob::length).commit();
		}
		client.sql("SELECT lo_unlink(4711)").commit();
	}

	static void nothingIsRolledBackBehindAQueryOutside(Client client) {
		client.autoCommit(true).sql(COUNT).autoCommit(false).rollback().sql(COUNT).commit();
	}

	static void transactionBegunByTextIsCommitted(Client client) throws SQLException {
		client.sql("BEGIN", INSERT);
		client.readWrite().commit().rollback();
	}

	static void abortedTransactionBegunByTextIsCommitted(Client client) throws SQLException {
		client.sql("BEGIN", INSERT, "SELECT 1/0");
		client.autoCommit(false).commit().sql(INSERT).commit().sql(COUNT);
	}

	static void abortedTransactionBegunByTextIsRolledBack(Client client) throws SQLException {
		client.sql("BEGIN", INSERT, "SELECT 1/0");
		client.autoCommit(false).rollback().sql(INSERT).commit().sql(COUNT);
	}

	static void abortedTransactionIsCommitted(Client client) {
		client.readWrite().sql(INSERT, "SELECT 1/0").commit().sql(COUNT).commit();
	}

	static void abortedTransactionGoesToAutoCommit(Client client) {
		client.readWrite().sql(INSERT, "SELECT 1/0").autoCommit(true).sql(COUNT).state();
	}

	static void savepointInAbortedTransaction(Client client) {
		client.readWrite().sql("SELECT 1/0").step("savepoint", () -> client.connection().setSavepoint("s")).rollback();
	}

	static void isolationLevels(Client client) {
		client.readWrite();
		for (int level : new int[] { Connection.TRANSACTION_READ_UNCOMMITTED, Connection.TRANSACTION_READ_COMMITTED,
				Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE }) {
			client.isolation(level).sql("SHOW transaction_isolation").commit().state().commit();
		}
		client.isolation(Connection.TRANSACTION_NONE);
	}

	static void repeatableReadSeesItsSnapshot(Client client) throws SQLException {
		client.readWrite().isolation(Connection.TRANSACTION_REPEATABLE_READ).sql(COUNT);
		try (Client other = client.another()) {
			other.autoCommit(true).sql(INSERT);
		}
		client.sql(COUNT).commit().sql(COUNT).commit();
	}

	static void serializationFailureInStatement(Client client) throws SQLException {
		client.readWrite().isolation(Connection.TRANSACTION_REPEATABLE_READ).sql(COUNT);
		try (Client other = client.another()) {
			other.autoCommit(true).sql("UPDATE item SET price = 10 WHERE id = 1");
		}
		client.sql("UPDATE item SET price = 20 WHERE id = 1")
			.commit()
			.sql("SELECT price FROM item WHERE id = 1")
			.commit();
	}

	static void serializationFailureAtCommit(Client client) throws SQLException {
		client.readWrite()
			.isolation(Connection.TRANSACTION_SERIALIZABLE)
			.sql("SELECT sum(price) FROM item", "UPDATE item SET price = 10 WHERE id = 1");
		try (Client other = client.another()) {
			other.readWrite()
				.isolation(Connection.TRANSACTION_SERIALIZABLE)
				.sql("SELECT sum(price) FROM item", "UPDATE item SET price = 10 WHERE id = 2")
				.commit();
		}
		client.commit().sql("SELECT sum(price) FROM item").commit();
	}

	static void readOnlyInsideTransaction(Client client) {
		client.readWrite()
			.sql("SELECT 1")
			.does("read-only", () -> client.connection().setReadOnly(true))
			.state()
			.sql(INSERT)
			.commit();
	}

	static void isolationInsideTransaction(Client client) {
		client.readWrite().sql("SELECT 1").isolation(Connection.TRANSACTION_SERIALIZABLE).state().commit().state();
	}

	static void setTransactionAsText(Client client) {
		client.readWrite()
			.sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SHOW transaction_isolation", COUNT)
			.commit()
			.sql("SET TRANSACTION READ ONLY", INSERT)
			.rollback()
			.sql("SELECT 1", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SELECT 1")
			.rollback();
	}

	static void holdableCursor(Client client) throws SQLException {
		client.readWrite();
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY,
					ResultSet.HOLD_CURSORS_OVER_COMMIT)) {
			statement.setFetchSize(2);
			ResultSet rows = statement.executeQuery("SELECT n FROM many ORDER BY n");
			client.step("one", rows::next).commit();
			for (int i = 0; i < 3; i++) {
				client.step("next", rows::next).step("value", () -> rows.getInt(1));
			}
		}
		client.commit();
	}

	static void streaming(Client client) throws SQLException {
		client.readWrite();
		try (Statement statement = client.connection().createStatement()) {
			statement.setFetchSize(7);
			ResultSet rows = statement.executeQuery("SELECT n FROM many ORDER BY n");
			client.step("one", rows::next).sql(INSERT).step("rest", () -> rows).commit();
		}
	}

	static void streamingIsCutOffByCommit(Client client) throws SQLException {
		client.readWrite();
		try (Statement statement = client.connection().createStatement()) {
			statement.setFetchSize(2);
			ResultSet rows = statement.executeQuery("SELECT n FROM many ORDER BY n");
			client.step("one", rows::next).commit();
			for (int i = 0; i < 3; i++) {
				client.step("next", rows::next);
			}
		}
		client.sql("SELECT 1").commit();
	}

	static void resultSetAfterCommit(Client client) throws SQLException {
		client.readWrite();
		Statement statement = client.connection().createStatement();
		ResultSet rows = statement.executeQuery("SELECT id FROM item ORDER BY id");
		client.step("one", rows::next)
			.commit()
			.step("two", rows::next)
			.step("value", () -> rows.getInt(1))
			.sql(INSERT)
			.commit()
			.step("three", rows::next)
			.does("close", statement::close);
	}

	static void largeObject(Client client) throws SQLException {
		client.readWrite().sql("SELECT lo_create(4711)");
		PGConnection driver = client.connection().unwrap(PGConnection.class);
		LargeObject object = driver.getLargeObjectAPI().open(4711L);
		client.does("write", () -> object.write("hello".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
			.does("seek", () -> object.seek(1))
			.step("read", () -> object.read(3))
			.step("tell", object::tell)
			.does("truncate", () -> object.truncate(2))
			.step("size", object::size)
			.commit()
			.step("after commit", () -> object.read(1))
			.rollback()
			.sql("SELECT lo_get(4711)", "SELECT lo_unlink(4711)")
			.commit();
	}

	static void blob(Client client) throws SQLException {
		client.readWrite()
			.sql("SELECT lo_from_bytea(4711, 'hello')", "INSERT INTO kind (id, o) VALUES (1, 4711)")
			.commit();
		try (Statement statement = client.connection().createStatement()) {
			ResultSet rows = statement.executeQuery("SELECT o FROM kind");
			rows.next();
			Blob blob = rows.getBlob(1);
			client.step("length", blob::length)
				.step("bytes", () -> blob.getBytes(2, 3))
				.does("truncate", () -> blob.truncate(1))
				.commit()
				.step("after commit", blob::length)
				.rollback();
		}
		client.sql("SELECT lo_get(4711)").commit();
	}

	static void largeObjectIsRolledBack(Client client) {
		client.readWrite().sql("SELECT lo_from_bytea(4711, 'hello')").rollback().sql("SELECT lo_get(4711)").rollback();
	}

	static void commitAsText(Client client) {
		client.readWrite().sql(INSERT, "COMMIT").sql(COUNT).rollback().sql(COUNT).commit();
	}

	static void rollbackAsText(Client client) {
		client.readWrite().sql(INSERT, "ROLLBACK", COUNT).commit();
	}

	static void commitAndChainAsText(Client client) {
		client.readWrite().sql(INSERT, "COMMIT AND CHAIN", INSERT, "ROLLBACK AND CHAIN", COUNT).commit();
	}

	static void beginAsTextInTransaction(Client client) {
		client.readWrite().sql("BEGIN", INSERT).commit().sql(COUNT).commit();
	}

	static void severalStatementsWithCommit(Client client) {
		client.readWrite().sql(INSERT + "; COMMIT; SELECT count(*) FROM item").rollback().sql(COUNT).commit();
	}

	static void preparedAcrossCommits(Client client) throws SQLException {
		client.readWrite();
		try (PreparedStatement statement = client.connection()
			.prepareStatement("UPDATE item SET price = price + ? WHERE id = ?")) {
			for (int i = 0; i < 8; i++) {
				client.step("execute", () -> Client.executed(statement, 1, 1));
				if (i % 3 == 0) {
					client.commit();
				}
			}
			client.rollback();
		}
		client.sql("SELECT price FROM item WHERE id = 1").commit();
	}

	static void preparedBeforeTransaction(Client client) throws SQLException {
		client.autoCommit(true);
		try (PreparedStatement statement = client.connection().prepareStatement("INSERT INTO item VALUES (?, ?)")) {
			client.step("outside", () -> Client.executed(statement, 10, "a"))
				.readWrite()
				.step("inside", () -> Client.executed(statement, 11, "b"))
				.rollback()
				.autoCommit(true)
				.step("outside again", () -> Client.executed(statement, 12, "c"));
		}
	}

	static void batchInTransaction(Client client) throws SQLException {
		client.readWrite();
		try (PreparedStatement statement = client.connection().prepareStatement("INSERT INTO item VALUES (?)")) {
			for (int id = 9; id > 2; id--) {
				statement.setInt(1, id);
				statement.addBatch();
			}
			client.step("batch", statement::executeBatch).sql("SELECT 1").commit();
		}
	}

	static void lockNotAvailable(Client client) throws SQLException {
		client.readWrite().sql("SELECT id FROM item WHERE id = 1 FOR UPDATE");
		try (Client other = client.another()) {
			other.readWrite()
				.sql("SELECT id FROM item WHERE id = 1 FOR UPDATE NOWAIT")
				.rollback()
				.sql("SELECT id FROM item ORDER BY id FOR UPDATE SKIP LOCKED")
				.rollback()
				.sql("SET LOCAL lock_timeout = 20", "DELETE FROM item WHERE id = 1")
				.rollback();
		}
		client.commit();
	}

	static void transactionAdvisoryLock(Client client) throws SQLException {
		client.readWrite().sql("SELECT pg_advisory_xact_lock(7)");
		try (Client other = client.another()) {
			other.readWrite().sql("SELECT pg_try_advisory_xact_lock(7)");
			client.commit();
			other.sql("SELECT pg_try_advisory_xact_lock(7)").rollback();
		}
	}

	static void setLocal(Client client) {
		client.readWrite().sql("SET LOCAL work_mem = '5MB'", "SHOW work_mem").commit().sql("SHOW work_mem").commit();
	}

	static void setIsRolledBack(Client client) {
		client.readWrite()
			.sql("SET work_mem = '5MB'", "SHOW work_mem")
			.rollback()
			.sql("SHOW work_mem", "SET work_mem = '6MB'")
			.commit()
			.sql("SHOW work_mem", "RESET work_mem")
			.commit();
	}

	static void setConfig(Client client) {
		client.readWrite()
			.sql("SELECT set_config('my.tenant', 'a', true)", "SELECT current_setting('my.tenant')")
			.commit()
			.sql("SELECT current_setting('my.tenant', true)")
			.commit();
	}

	static void prepareAndExecute(Client client) {
		client.readWrite()
			.sql("PREPARE add (text) AS INSERT INTO item (name) VALUES ($1)", "EXECUTE add('p')")
			.rollback()
			.sql("EXECUTE add('q')")
			.commit()
			.sql("DEALLOCATE add", "EXECUTE add('r')")
			.rollback();
	}

	static void cursorAsText(Client client) {
		client.readWrite()
			.sql("DECLARE c SCROLL CURSOR FOR SELECT n FROM many ORDER BY n", "FETCH 2 FROM c", "FETCH PRIOR FROM c",
					"MOVE LAST IN c", "FETCH 1 FROM c", "CLOSE c", "FETCH 1 FROM c")
			.rollback();
	}

	static void positionedUpdate(Client client) {
		client.readWrite()
			.sql("DECLARE c CURSOR FOR SELECT * FROM item ORDER BY id FOR UPDATE", "FETCH 1 FROM c",
					"UPDATE item SET price = 99 WHERE CURRENT OF c")
			.commit();
	}

	static void refcursor(Client client) throws SQLException {
		client.readWrite();
		try (CallableStatement call = client.connection().prepareCall("{? = call cursor_of_items()}")) {
			call.registerOutParameter(1, Types.REF_CURSOR);
			client.step("execute", call::execute).step("rows", () -> call.getObject(1, ResultSet.class)).commit();
		}
	}

	static void temporaryTableOnCommitDrop(Client client) {
		client.readWrite()
			.sql("CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 1 AS n", "SELECT * FROM t")
			.commit()
			.sql("SELECT * FROM t")
			.rollback();
	}

	static void temporaryTableIsRolledBack(Client client) {
		client.readWrite().sql("CREATE TEMP TABLE t (n int)").rollback().sql("SELECT * FROM t").rollback();
	}

	static void ddlIsRolledBack(Client client) {
		client.readWrite()
			.sql("DROP TABLE code", "CREATE TABLE x (n int)")
			.rollback()
			.sql("TABLE code", "TABLE x")
			.rollback();
	}

	static void vacuumInTransaction(Client client) {
		client.readWrite().sql("VACUUM item", "SELECT 1").rollback();
	}

	static void statementTimeoutInTransaction(Client client) {
		client.readWrite()
			.sql(INSERT, "SET LOCAL statement_timeout = 20", "SELECT pg_sleep(20)", "SELECT 1")
			.commit()
			.sql(COUNT)
			.commit();
	}

	static void notifyInTransaction(Client client) throws SQLException {
		PGConnection listener = client.connection().unwrap(PGConnection.class);
		client.autoCommit(true).sql("LISTEN news").readWrite().sql("NOTIFY news, 'rolled back'").rollback();
		client.sql("NOTIFY news, 'committed'").commit();
		client.step("heard", () -> listener.getNotifications(10_000)[0].getParameter());
		client.sql("UNLISTEN *").commit();
	}

	static void generatedKeysInTransaction(Client client) throws SQLException {
		client.readWrite();
		try (Statement statement = client.connection().createStatement()) {
			client.step("insert", () -> statement.executeUpdate(INSERT, new String[] { "id" }))
				.step("keys", statement::getGeneratedKeys)
				.rollback();
			client.step("insert", () -> statement.executeUpdate(INSERT, new String[] { "id" }))
				.step("keys", statement::getGeneratedKeys)
				.commit();
		}
	}

	static void updatableResultSetInTransaction(Client client) throws SQLException {
		client.readWrite();
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_UPDATABLE)) {
			ResultSet rows = statement.executeQuery("SELECT id, price FROM item ORDER BY id");
			rows.next();
			client.does("update", () -> {
				rows.updateInt(2, 77);
				rows.updateRow();
			}).commit().does("after commit", () -> {
				rows.updateInt(2, 78);
				rows.updateRow();
			}).rollback();
		}
	}

	static void preparedTransactionIsRefused(Client client) {
		client.readWrite().sql(INSERT, "PREPARE TRANSACTION 'x'").rollback();
	}

	static void backendDiesInTransaction(Client client) {
		client.readWrite().sql(INSERT, "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 1").commit();
		client.step("closed", client.connection()::isClosed);
	}

	static void commitTwice(Client client) {
		client.readWrite().sql(INSERT).commit().commit().rollback().sql(COUNT).rollback();
	}

	static void closeTwice(Client client) {
		client.readWrite().sql(INSERT).close();
		client.commit().rollback().autoCommit(true).state();
	}

}
