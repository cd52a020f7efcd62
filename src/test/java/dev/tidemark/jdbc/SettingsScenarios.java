package dev.tidemark.jdbc;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.Properties;
import java.util.function.Consumer;

import javax.sql.rowset.serial.SerialBlob;
import javax.sql.rowset.serial.SerialClob;

import org.postgresql.PGConnection;
import org.postgresql.jdbc.PgResultSet;
import org.postgresql.jdbc.PgStatement;

/**
 * Programs that set something on the connection.
 */
final class SettingsScenarios {

	private static final String NAMES = "SELECT name FROM item ORDER BY id";

	private SettingsScenarios() {
	}

	private static Client schema(Client client, String schema) {
		return client.does("schema " + schema, () -> client.connection().setSchema(schema));
	}

	private static Client application(Client client, String name) {
		return client.does("application " + name, () -> client.connection().setClientInfo("ApplicationName", name));
	}

	private static Client holdability(Client client, int value) {
		return client.does("holdability " + value, () -> client.connection().setHoldability(value));
	}

	private static Client timeout(Client client, int milliseconds) {
		return client.does("time-out", () -> client.connection().setNetworkTimeout(Runnable::run, milliseconds));
	}

	static void untouched(Client client) {
		client.state().readOnly().state().commit().readWrite().state().commit().autoCommit(true).state();
	}

	static void schemaOutside(Client client) {
		schema(client.autoCommit(true), "other").sql(NAMES).state();
		schema(client, "public").sql(NAMES).state();
	}

	static void schemaBeforeTransactions(Client client) {
		schema(client.autoCommit(true), "other").readOnly()
			.sql(NAMES)
			.commit()
			.readWrite()
			.sql(NAMES)
			.commit()
			.state()
			.commit();
	}

	static void schemaInReadWrite(Client client) {
		client.readWrite().sql(NAMES);
		schema(client, "other").sql(NAMES).commit().sql(NAMES).commit().readOnly().sql(NAMES).commit();
	}

	static void schemaInReadOnly(Client client) {
		client.readOnly().sql(NAMES);
		schema(client, "other").sql(NAMES).commit().sql(NAMES).commit().readWrite().sql(NAMES).commit();
	}

	@Differs(steps = "state", because = "HikariCP answers the schema that was rolled back; Tidemark asks the server")
	static void schemaIsRolledBack(Client client) {
		client.readWrite().sql(NAMES);
		schema(client, "other").sql(NAMES)
			.rollback()
			.sql(NAMES)
			.rollback()
			.readOnly()
			.sql(NAMES)
			.commit()
			.state()
			.commit();
	}

	static void schemaBeforeFirstStatementIsRolledBack(Client client) {
		schema(client.readWrite(), "other").rollback().sql(NAMES).rollback();
		schema(client.readWrite(), "other").sql(NAMES).rollback().sql(NAMES).commit();
		schema(client.readWrite(), "other").commit().sql(NAMES).rollback().readOnly().sql(NAMES).commit();
	}

	static void schemaThatDoesNotExist(Client client) {
		schema(client.autoCommit(true), "nowhere").state().sql(NAMES);
	}

	static void clientInfo(Client client) {
		application(client.autoCommit(true), "one").sql("SHOW application_name").state();
		client.readOnly().sql("SHOW application_name").commit();
		application(client.readWrite().sql("SELECT 1"), "two").sql("SHOW application_name").commit();
		client.readOnly().sql("SHOW application_name").commit().state().commit();
	}

	static void clientInfoIsRolledBack(Client client) {
		application(client.readWrite().sql("SELECT 1"), "two").rollback().sql("SHOW application_name").rollback();
	}

	static void clientInfoInAbortedTransaction(Client client) {
		application(client.readWrite().sql("SELECT 1/0"), "two").rollback();
	}

	static void clientInfoAsProperties(Client client) {
		Properties properties = new Properties();
		properties.setProperty("ApplicationName", "three");
		client.autoCommit(true)
			.does("set", () -> client.connection().setClientInfo(properties))
			.sql("SHOW application_name")
			.readOnly()
			.sql("SHOW application_name")
			.commit();
	}

	static void holdabilityOfStatements(Client client) {
		holdability(client.autoCommit(true), ResultSet.HOLD_CURSORS_OVER_COMMIT)
			.step("statement", () -> client.connection().createStatement().getResultSetHoldability())
			.state()
			.readOnly()
			.step("in read-only", () -> client.connection().createStatement().getResultSetHoldability())
			.commit();
		holdability(client, 99);
	}

	static void holdabilityIsNotRolledBack(Client client) {
		holdability(client.readWrite().sql("SELECT 1"), ResultSet.HOLD_CURSORS_OVER_COMMIT).rollback()
			.step("holdability", () -> client.connection().getHoldability());
	}

	static void networkTimeout(Client client) {
		timeout(client.autoCommit(true), 5000).state().readOnly().state().commit();
		timeout(client, -1).state().commit();
	}

	static void networkTimeoutInTransaction(Client client) {
		timeout(client.readWrite().sql("SELECT 1"), 5000).rollback().state().rollback();
	}

	static void isolationOutside(Client client) {
		client.autoCommit(true)
			.isolation(Connection.TRANSACTION_REPEATABLE_READ)
			.sql("SHOW transaction_isolation")
			.state()
			.readOnly()
			.sql("SHOW transaction_isolation")
			.commit();
	}

	static void readOnlyOutsideTransaction(Client client) {
		client.autoCommit(true)
			.does("read-only", () -> client.connection().setReadOnly(true))
			.sql("SHOW transaction_read_only", NAMES, "SELECT add_item('x')", "DELETE FROM item")
			.state();
	}

	static void readOnlyThenTextTransaction(Client client) {
		client.autoCommit(true)
			.does("read-only", () -> client.connection().setReadOnly(true))
			.sql("BEGIN", NAMES, "DELETE FROM item", "ROLLBACK");
	}

	static void catalog(Client client) {
		client.step("get", () -> client.connection().getCatalog())
			.does("set", () -> client.connection().setCatalog("nothing"))
			.step("get", () -> client.connection().getCatalog())
			.sql("SELECT current_catalog");
	}

	static void typeMap(Client client) {
		client.step("get", () -> client.connection().getTypeMap().size())
			.does("null", () -> client.connection().setTypeMap(null));
	}

	static void severalAtOnce(Client client) {
		timeout(application(schema(client.autoCommit(true), "other"), "many"), 7000)
			.isolation(Connection.TRANSACTION_REPEATABLE_READ)
			.readOnly()
			.sql(NAMES, "SHOW application_name", "SHOW transaction_isolation")
			.commit()
			.state()
			.commit()
			.readWrite()
			.sql(NAMES, "SHOW application_name", "SHOW transaction_isolation")
			.commit();
	}

	static void resetByPool(Client client) throws SQLException {
		timeout(client.readOnly(), 7000).isolation(Connection.TRANSACTION_SERIALIZABLE).sql(NAMES);
		client.close();
		try (Client other = client.another()) {
			other.state().sql(NAMES);
		}
	}

	@Differs(steps = { "state", NAMES, "SHOW" },
			because = "the pool does not reset the schema and the client info; Tidemark does")
	static void notResetByPool(Client client) throws SQLException {
		application(schema(client.autoCommit(true), "other"), "leaked").does("use",
				() -> client.connection().createStatement().execute("SELECT 1"));
		client.close();
		try (Client other = client.another()) {
			other.state().sql(NAMES, "SHOW application_name");
		}
	}

	@Differs(steps = "holdability is", because = "the pool does not reset the holdability; Tidemark does")
	static void holdabilityIsNotResetByPool(Client client) throws SQLException {
		holdability(client.autoCommit(true), ResultSet.HOLD_CURSORS_OVER_COMMIT).sql("SELECT 1");
		client.close();
		try (Client other = client.another()) {
			other.step("holdability is", () -> other.connection().getHoldability());
		}
	}

	static void schemaBeforeARowIsChanged(Client client) throws SQLException {
		changeRow(client.autoCommit(true), () -> schema(client, "other"));
	}

	static void schemaBeforeARowIsChangedBehindATransaction(Client client) throws SQLException {
		changeRow(client.readWrite(), () -> schema(client.commit(), "other"));
		client.state().rollback().state();
	}

	static void isolationBeforeARowIsChanged(Client client) throws SQLException {
		changeRow(client.autoCommit(true), () -> {
			client.autoCommit(false)
				.does("isolation",
						() -> client.connection().setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE));
			client.does("isolation again",
					() -> client.connection().setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ));
		});
		client.state().commit();
	}

	static void schemaBeforeARowIsChangedBehindAReadElsewhere(Client client) throws SQLException {
		changeRow(client.autoCommit(true), () -> {
			client.readOnly().sql(NAMES).commit().readWrite().autoCommit(true);
			schema(client, "other");
		});
	}

	static void schemaInAReadElsewhereBeforeARowIsChanged(Client client) throws SQLException {
		changeRow(client.autoCommit(true), () -> {
			schema(client.readOnly().sql(NAMES), "other").commit().readWrite().autoCommit(true);
		});
	}

	static void schemaIsRolledBackBehindUnwrap(Client client) throws SQLException {
		PGConnection driver = client.readWrite().connection().unwrap(PGConnection.class);
		schema(client.sql("SELECT 1"), "other").rollback()
			.does("unseen", () -> driver.getCopyAPI().copyIn("COPY item (name) FROM STDIN", new StringReader("four\n")))
			.sql(NAMES)
			.commit();
	}

	static void schemaIsRolledBackBeforeARowIsChanged(Client client) throws SQLException {
		changeRow(client.readWrite(), () -> schema(client.commit().sql("SELECT 1"), "other").rollback());
		client.sql(NAMES).commit();
	}

	static void schemaOfAReadElsewhereStaysBeforeARowIsChanged(Client client) throws SQLException {
		client.autoCommit(true)
			.sql("ALTER TABLE other.item ADD PRIMARY KEY (id)", "INSERT INTO other.item VALUES (1, 'other one')");
		changeRow(client, () -> {
			schema(client.readOnly().sql("SELECT 1"), "other").commit();
			schema(client.readWrite(), "public").sql(NAMES).rollback();
		});
		client.commit();
	}

	static void isolationBeforeALargeObjectIsRead(Client client) throws SQLException {
		useLargeObject(client,
				(blob) -> client.isolation(Connection.TRANSACTION_REPEATABLE_READ)
					.step("length", blob::length)
					.sql("SHOW transaction_isolation")
					.commit());
	}

	static void readOnlyBeforeALargeObjectIsChanged(Client client) throws SQLException {
		useLargeObject(client, (blob) -> client.readOnly().does("truncate", () -> blob.truncate(1)).commit());
	}

	private static void useLargeObject(Client client, Consumer<Blob> use) throws SQLException {
		client.readWrite().sql("SELECT lo_from_bytea(4711, 'abcde')").commit();
		try (Statement statement = client.connection().createStatement();
				ResultSet rows = statement.executeQuery("SELECT 4711::oid")) {
			rows.next();
			Blob blob = rows.getBlob(1);
			client.commit();
			use.accept(blob);
		}
		client.readWrite().sql("SELECT lo_get(4711)", "SELECT lo_unlink(4711)").commit();
	}

	static void isolationBeforeTheDriverAsks(Client client) throws SQLException {
		client.readWrite();
		try (Statement statement = client.connection().createStatement();
				ResultSet rows = statement.executeQuery(NAMES)) {
			client.commit()
				.isolation(Connection.TRANSACTION_REPEATABLE_READ)
				.step("nullable", () -> rows.getMetaData().isNullable(1));
			client.sql("SHOW transaction_isolation").commit();
		}
	}

	static void readOnlyBeforeTheDriverAsks(Client client) throws SQLException {
		client.readWrite();
		try (Statement statement = client.connection().createStatement();
				ResultSet rows = statement.executeQuery(NAMES)) {
			client.commit().readOnly().step("nullable", () -> rows.getMetaData().isNullable(1));
			client.sql(NAMES).commit();
		}
	}

	static void driverAsksBesideATransactionElsewhere(Client client) throws SQLException {
		client.autoCommit(true);
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
				ResultSet rows = statement.executeQuery(NAMES)) {
			client.readOnly().sql(NAMES).step("nullable", () -> rows.getMetaData().isNullable(1)).commit();
			client.readWrite().sql("INSERT INTO item (name) VALUES ('four')").commit();
		}
	}

	@Differs(steps = "touch", because = "a transaction runs on one server")
	static void rowIsTouchedBesideATransactionElsewhere(Client client) throws SQLException {
		client.autoCommit(true);
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
				ResultSet rows = statement.executeQuery("SELECT id, name FROM item ORDER BY id")) {
			rows.next();
			client.readOnly().sql(NAMES).does("touch", () -> rows.updateString(2, "x")).commit();
			client.readWrite().sql("INSERT INTO item (name) VALUES ('four')").commit();
		}
	}

	@Differs(steps = "truncate", because = "a transaction runs on one server")
	static void largeObjectIsChangedBesideATransactionElsewhere(Client client) throws SQLException {
		client.readWrite().sql("SELECT lo_from_bytea(4711, 'abcde')").commit().autoCommit(true);
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
				ResultSet rows = statement.executeQuery("SELECT 4711::oid")) {
			rows.next();
			Blob blob = rows.getBlob(1);
			client.readOnly().sql(NAMES).does("truncate", () -> blob.truncate(1)).rollback().autoCommit(true);
		}
		client.sql("SELECT lo_get(4711)", "SELECT lo_unlink(4711)");
	}

	static void schemaIsRolledBackToASavepoint(Client client) throws SQLException {
		client.readWrite().sql("SELECT 1");
		Savepoint savepoint = client.connection().setSavepoint();
		schema(client, "other").does("back", () -> client.connection().rollback(savepoint))
			.sql(NAMES)
			.commit()
			.readOnly()
			.sql(NAMES)
			.commit()
			.readWrite()
			.sql(NAMES)
			.commit();
	}

	static void schemaOfBeforeASavepointStays(Client client) throws SQLException {
		schema(client.readWrite().sql("SELECT 1"), "other");
		Savepoint savepoint = client.connection().setSavepoint("here");
		schema(client, "public").does("back", () -> client.connection().rollback(savepoint)).sql(NAMES);
		schema(client, "public").does("back again", () -> client.connection().rollback(savepoint))
			.sql(NAMES)
			.commit()
			.readOnly()
			.sql(NAMES)
			.commit();
	}

	static void schemaIsRolledBackBehindASavepoint(Client client) throws SQLException {
		schema(client.readWrite().sql("SELECT 1"), "other");
		Savepoint savepoint = client.connection().setSavepoint();
		client.does("back", () -> client.connection().rollback(savepoint))
			.sql(NAMES)
			.rollback()
			.readOnly()
			.sql(NAMES)
			.commit();
	}

	static void schemaIsRolledBackByText(Client client) {
		schema(client.readWrite().sql("SELECT 1"), "other").sql("ROLLBACK", NAMES)
			.commit()
			.readOnly()
			.sql(NAMES)
			.commit();
		schema(client.autoCommit(true).sql("BEGIN"), "other").sql("ROLLBACK", NAMES).readOnly().sql(NAMES).commit();
	}

	static void schemaIsCommittedByText(Client client) {
		schema(client.readWrite().sql("SELECT 1"), "other").sql("COMMIT", NAMES)
			.rollback()
			.readOnly()
			.sql(NAMES)
			.commit();
	}

	static void readOnlyBeforeALargeObjectIsMade(Client client) throws SQLException {
		makeLargeObject(client, client::readOnly, SettingsScenarios::setStream);
	}

	static void isolationBeforeALargeObjectIsMade(Client client) throws SQLException {
		isolationThenMake(client, SettingsScenarios::setStream);
	}

	static void isolationBeforeALargeObjectIsMadeOfABlob(Client client) throws SQLException {
		isolationThenMake(client, (statement) -> statement.setBlob(1, new SerialBlob(new byte[] { 1 })));
	}

	static void isolationBeforeALargeObjectIsMadeOfAClob(Client client) throws SQLException {
		isolationThenMake(client, (statement) -> statement.setClob(1, new SerialClob(new char[] { 'a' })));
	}

	static void isolationBeforeALargeObjectIsMadeOfAnObject(Client client) throws SQLException {
		isolationThenMake(client, (statement) -> statement.setObject(1, new SerialBlob(new byte[] { 1 })));
	}

	static void isolationBeforeALargeObjectIsMadeOfATypedObject(Client client) throws SQLException {
		isolationThenMake(client, (statement) -> statement.setObject(1, new SerialBlob(new byte[] { 1 }), Types.BLOB));
	}

	private static void setStream(PreparedStatement statement) throws SQLException {
		statement.setBlob(1, new ByteArrayInputStream(new byte[] { 1 }));
	}

	private static void isolationThenMake(Client client, Making making) throws SQLException {
		makeLargeObject(client, () -> client.isolation(Connection.TRANSACTION_REPEATABLE_READ), making);
	}

	private static void makeLargeObject(Client client, Runnable setting, Making making) throws SQLException {
		client.readWrite();
		try (PreparedStatement statement = client.connection()
			.prepareStatement("INSERT INTO item (name) SELECT 'made' WHERE ? > 0::oid")) {
			setting.run();
			client.does("make", () -> making.set(statement))
				.step("execute", statement::executeUpdate)
				.sql("SHOW transaction_isolation")
				.commit();
		}
		client.readWrite()
			.sql(NAMES, "SELECT count(*) FROM pg_largeobject_metadata",
					"SELECT count(lo_unlink(oid)) FROM pg_largeobject_metadata")
			.commit();
	}

	static void schemaBeforeARowIsChangedBehindUnwrap(Client client) throws SQLException {
		client.readWrite();
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
				ResultSet rows = statement.executeQuery("SELECT id, name FROM item ORDER BY id")) {
			rows.next();
			PgResultSet driver = rows.unwrap(PgResultSet.class);
			schema(client.commit(), "other").does("change", () -> {
				driver.updateString(2, "changed");
				driver.updateRow();
			});
		}
		client.sql("SELECT name FROM public.item ORDER BY id", "SELECT name FROM other.item ORDER BY id").commit();
	}

	static void schemaBeforeAnUnwrappedStatementIsExecuted(Client client) throws SQLException {
		client.autoCommit(true);
		try (Statement statement = client.connection().createStatement()) {
			statement.execute("INSERT INTO item (name) VALUES ('four')");
			PgStatement driver = statement.unwrap(PgStatement.class);
			schema(client, "other").step("insert",
					() -> driver.executeUpdate("INSERT INTO item (name) VALUES ('five')"));
		}
		client.sql("SELECT name FROM public.item ORDER BY id", "SELECT name FROM other.item ORDER BY id");
	}

	static void largeObjectIsFreedBesideATransactionElsewhere(Client client) throws SQLException {
		client.readWrite().sql("SELECT lo_from_bytea(4711, 'abcde')").commit().autoCommit(true);
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
				ResultSet rows = statement.executeQuery("SELECT 4711::oid")) {
			rows.next();
			Blob blob = rows.getBlob(1);
			client.readOnly().sql(NAMES).does("free", blob::free).commit().autoCommit(true);
		}
		client.sql("SELECT lo_unlink(4711)");
	}

	private static void changeRow(Client client, Runnable setting) throws SQLException {
		try (Statement statement = client.connection()
			.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
				ResultSet rows = statement.executeQuery("SELECT id, name FROM item ORDER BY id")) {
			rows.next();
			setting.run();
			client.does("change", () -> {
				rows.updateString(2, "changed");
				rows.updateRow();
			});
		}
		client.sql("SELECT name FROM public.item ORDER BY id", "SELECT name FROM other.item ORDER BY id");
	}

	private interface Making {

		void set(PreparedStatement statement) throws SQLException;

	}

}
