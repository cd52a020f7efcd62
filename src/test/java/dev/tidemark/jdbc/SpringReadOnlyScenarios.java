package dev.tidemark.jdbc;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.SimpleJdbcCall;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;

/**
 * Programs on Spring's templates in read-only transactions: through Tidemark each of them
 * uses a replica.
 */
final class SpringReadOnlyScenarios {

	private static final String INSERT = "INSERT INTO item (name) VALUES (?)";

	private static final String COUNT = "SELECT count(*) FROM item";

	private SpringReadOnlyScenarios() {
	}

	static void reads(SpringClient client) {
		client.readOnly((status) -> client.query(COUNT).query("SELECT * FROM item WHERE id > ? ORDER BY id", 1));
	}

	static void writeFails(SpringClient client) {
		client.readOnly((status) -> client.jdbc().update(INSERT, "a"))
			.readOnly((status) -> client.query(COUNT).update(INSERT, "a"));
	}

	static void throwing(SpringClient client) {
		client.readOnly((status) -> {
			client.query(COUNT);
			throw new IllegalArgumentException();
		}).readOnly((status) -> client.query(COUNT));
	}

	static void errorThenNext(SpringClient client) {
		client.readOnly((status) -> client.query("SELECT 1/0").query(COUNT));
		client.readOnly((status) -> client.query(COUNT));
	}

	static void readsOwnWrite(SpringClient client) {
		client.readOnly((status) -> client.query(COUNT));
		for (int i = 0; i < 4; i++) {
			String name = "n" + i;
			client.readWrite((status) -> client.update(INSERT, name)).readOnly((status) -> client.query(COUNT));
		}
	}

	static void requiresNewWriteInside(SpringClient client) {
		client.readOnly(
				(status) -> client.query(COUNT).requiresNew((inner) -> client.update(INSERT, "a")).query("SELECT 1"));
	}

	static void readOnlyRequiresNewInside(SpringClient client) {
		client.readWrite((status) -> client.query(COUNT).in("read-only", (definition) -> {
			definition.setReadOnly(true);
			definition.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
		}, (inner) -> client.query(COUNT)).update(INSERT, "a"));
	}

	static void joinsReadOnly(SpringClient client) {
		client.readOnly((status) -> client.query(COUNT).readWrite((inner) -> client.jdbc().update(INSERT, "a")))
			.query(COUNT);
	}

	static void nestedInside(SpringClient client) {
		client.readOnly((status) -> client.query(COUNT)
			.nested((inner) -> client.jdbc().queryForList("SELECT 1/0"))
			.query(COUNT));
	}

	static void enforceReadOnly(SpringClient client) {
		JdbcTransactionManager enforcing = new JdbcTransactionManager(client.dataSource());
		enforcing.setEnforceReadOnly(true);
		client.use(enforcing)
			.readOnly((status) -> client.query("SHOW transaction_read_only").query(COUNT))
			.readOnly((status) -> client.jdbc().update(INSERT, "a"));
	}

	static void oldManager(SpringClient client) {
		client.use(new DataSourceTransactionManager(client.dataSource()))
			.readOnly((status) -> client.query(COUNT))
			.readOnly((status) -> client.jdbc().update(INSERT, "a"))
			.readOnly((status) -> client.query("SELECT 1/0"));
	}

	static void repeatableRead(SpringClient client) {
		client.in("repeatable read", (definition) -> {
			definition.setReadOnly(true);
			definition.setIsolationLevel(Connection.TRANSACTION_REPEATABLE_READ);
		}, (status) -> client.query("SHOW transaction_isolation").query(COUNT));
	}

	static void timeout(SpringClient client) {
		client.in("time-out", (definition) -> {
			definition.setReadOnly(true);
			definition.setTimeout(1);
		}, (status) -> client.jdbc().queryForList("SELECT pg_sleep(20)"));
	}

	static void stream(SpringClient client) {
		client.jdbc().setFetchSize(7);
		client.readOnly((status) -> client.step("stream", () -> {
			try (Stream<Integer> rows = client.jdbc()
				.queryForStream("SELECT n FROM many ORDER BY n", (row, number) -> row.getInt(1))) {
				return rows.toList();
			}
		}));
	}

	static void rowSet(SpringClient client) {
		client.readOnly((status) -> client.step("rows", () -> client.jdbc().queryForRowSet(COUNT).next()));
	}

	static void namedParameters(SpringClient client) {
		NamedParameterJdbcTemplate named = new NamedParameterJdbcTemplate(client.dataSource());
		client.readOnly((status) -> client.step("query", () -> named
			.queryForList("SELECT name FROM item WHERE id IN (:ids) ORDER BY id", Map.of("ids", List.of(1, 2)))));
	}

	static void jdbcClient(SpringClient client) {
		JdbcClient simple = JdbcClient.create(client.dataSource());
		client.readOnly((status) -> client.step("query",
				() -> simple.sql("SELECT name FROM item ORDER BY id").query().listOfRows()));
	}

	@Differs(steps = "function", because = "the metadata that it asks first begin the transaction on a replica, "
			+ "and a JDBC call may write, so it is refused with 25006")
	static void functionCall(SpringClient client) {
		client
			.readOnly((status) -> client.step("function",
					() -> new SimpleJdbcCall(client.dataSource()).withFunctionName("plus")
						.executeFunction(Integer.class, Map.of("a", 1, "b", 2))))
			.readOnly((status) -> client.query(COUNT));
	}

	static void writingFunction(SpringClient client) {
		client.readOnly((status) -> client.query(COUNT).query("SELECT add_item('x')").query(COUNT)).query(COUNT);
	}

	static void lockingRead(SpringClient client) {
		client.readOnly((status) -> client.jdbc().queryForList("SELECT id FROM item FOR UPDATE"))
			.readOnly((status) -> client.query(COUNT));
	}

	static void connectionCallback(SpringClient client) {
		client
			.readOnly((status) -> client
				.step("state",
						() -> client.jdbc()
							.execute((Connection connection) -> connection.isReadOnly() + " "
									+ connection.getAutoCommit() + " " + connection.getTransactionIsolation()))
				.query(COUNT));
	}

	static void rollbackOnly(SpringClient client) {
		client.readOnly((status) -> {
			client.query(COUNT);
			status.setRollbackOnly();
		});
	}

	static void innerFailureMarksOuter(SpringClient client) {
		client.readOnly((status) -> client.query(COUNT).readOnly((inner) -> {
			throw new IllegalStateException();
		}));
	}

	static void batchOfWrites(SpringClient client) {
		client.readOnly((status) -> client.jdbc().batchUpdate("DELETE FROM item"))
			.readOnly((status) -> client.query(COUNT));
	}

}
