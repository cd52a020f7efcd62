package dev.tidemark.jdbc;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.SimpleJdbcCall;
import org.springframework.jdbc.core.simple.SimpleJdbcInsert;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.jdbc.support.rowset.SqlRowSet;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Programs on Spring's templates, outside transactions and in read-write ones.
 */
final class SpringScenarios {

	private static final String INSERT = "INSERT INTO item (name) VALUES (?)";

	private static final String COUNT = "SELECT count(*) FROM item";

	private SpringScenarios() {
	}

	static void commit(SpringClient client) {
		client.readWrite((status) -> client.update(INSERT, "a").query(COUNT)).query(COUNT);
	}

	static void rollbackByException(SpringClient client) {
		client.readWrite((status) -> {
			client.update(INSERT, "a");
			throw new IllegalStateException();
		}).query(COUNT);
	}

	static void rollbackOnly(SpringClient client) {
		client.readWrite((status) -> {
			client.update(INSERT, "a");
			status.setRollbackOnly();
		}).query(COUNT);
	}

	static void unexpectedRollback(SpringClient client) {
		client.readWrite((status) -> client.update(INSERT, "a").readWrite((inner) -> {
			throw new IllegalStateException();
		}).query(COUNT)).query(COUNT);
	}

	static void innerRollbackOnly(SpringClient client) {
		client.readWrite((status) -> client.readWrite((inner) -> inner.setRollbackOnly()).query(COUNT)).query(COUNT);
	}

	static void requiresNewCommits(SpringClient client) {
		client.readWrite((status) -> {
			client.update(INSERT, "outer").requiresNew((inner) -> client.update(INSERT, "inner").query(COUNT));
			status.setRollbackOnly();
		}).query("SELECT name FROM item ORDER BY name");
	}

	static void requiresNewRollsBack(SpringClient client) {
		client.readWrite((status) -> client.update(INSERT, "outer").requiresNew((inner) -> {
			client.update(INSERT, "inner");
			inner.setRollbackOnly();
		}).query(COUNT)).query("SELECT name FROM item ORDER BY name");
	}

	static void requiresNewFails(SpringClient client) {
		client
			.readWrite((status) -> client.update(INSERT, "outer")
				.requiresNew((inner) -> client.jdbc().update("INSERT INTO item VALUES (1)"))
				.query(COUNT))
			.query(COUNT);
	}

	static void nestedRollsBack(SpringClient client) {
		client.readWrite((status) -> client.update(INSERT, "outer").nested((inner) -> {
			client.update(INSERT, "inner");
			inner.setRollbackOnly();
		}).query(COUNT)).query("SELECT name FROM item ORDER BY name");
	}

	static void nestedFails(SpringClient client) {
		client
			.readWrite((status) -> client.update(INSERT, "outer")
				.nested((inner) -> client.jdbc().update("INSERT INTO item VALUES (1)"))
				.query(COUNT)
				.nested((inner) -> client.update(INSERT, "second")))
			.query(COUNT);
	}

	static void nestedWithoutOuter(SpringClient client) {
		client.nested((status) -> client.update(INSERT, "a")).query(COUNT);
	}

	static void savepointOfStatus(SpringClient client) {
		client.readWrite((status) -> {
			Object savepoint = status.createSavepoint();
			client.update(INSERT, "a");
			status.rollbackToSavepoint(savepoint);
			status.releaseSavepoint(savepoint);
			client.query(COUNT);
		});
	}

	static void mandatoryAndNever(SpringClient client) {
		client
			.in("mandatory",
					(definition) -> definition.setPropagationBehavior(TransactionDefinition.PROPAGATION_MANDATORY),
					(status) -> client.query(COUNT))
			.readWrite((status) -> client.in("never",
					(definition) -> definition.setPropagationBehavior(TransactionDefinition.PROPAGATION_NEVER),
					(inner) -> client.query(COUNT)));
	}

	static void notSupported(SpringClient client) {
		client.readWrite((status) -> {
			client.in("not supported",
					(definition) -> definition.setPropagationBehavior(TransactionDefinition.PROPAGATION_NOT_SUPPORTED),
					(inner) -> client.update(INSERT, "outside").query(COUNT));
			status.setRollbackOnly();
		});
	}

	static void supports(SpringClient client) {
		client.in("supports",
				(definition) -> definition.setPropagationBehavior(TransactionDefinition.PROPAGATION_SUPPORTS),
				(status) -> client.query(COUNT));
	}

	static void isolation(SpringClient client) {
		for (int level : new int[] { Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_REPEATABLE_READ,
				Connection.TRANSACTION_SERIALIZABLE }) {
			client.in("isolation " + level, (definition) -> definition.setIsolationLevel(level),
					(status) -> client.query("SHOW transaction_isolation").update(INSERT, "level " + level));
		}
		client.readWrite((status) -> client.query("SHOW transaction_isolation"));
	}

	static void serializationFailure(SpringClient client) {
		client.in("serializable", (definition) -> definition.setIsolationLevel(Connection.TRANSACTION_SERIALIZABLE),
				(status) -> client.query("SELECT sum(price) FROM item")
					.update("UPDATE item SET price = 10 WHERE id = 1")
					.in("other", (definition) -> {
						definition.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
						definition.setIsolationLevel(Connection.TRANSACTION_SERIALIZABLE);
					}, (inner) -> client.query("SELECT sum(price) FROM item")
						.update("UPDATE item SET price = 10 WHERE id = 2")));
	}

	static void timeout(SpringClient client) {
		client
			.in("time-out", (definition) -> definition.setTimeout(1),
					(status) -> client.update(INSERT, "a").query("SELECT pg_sleep(20)"))
			.query(COUNT);
	}

	static void duplicateKey(SpringClient client) {
		client.update("INSERT INTO item VALUES (1)")
			.readWrite((status) -> client.jdbc().update("INSERT INTO item VALUES (1)"))
			.query(COUNT);
	}

	static void translatedExceptions(SpringClient client) {
		client.update("INSERT INTO line VALUES (99)")
			.update("UPDATE item SET price = -1")
			.query("SELEC 1")
			.query("SELECT * FROM nowhere")
			.query("SELECT 1/0")
			.query("SELECT fail()")
			.step("two rows", () -> client.jdbc().queryForObject("SELECT id FROM item", Integer.class))
			.step("no row", () -> client.jdbc().queryForObject("SELECT id FROM item WHERE false", Integer.class));
	}

	static void deferredViolationAtCommit(SpringClient client) {
		client.readWrite((status) -> client.update("INSERT INTO code VALUES (1), (1)")).query("TABLE code");
	}

	static void deferredViolationWithOldManager(SpringClient client) {
		client.use(new DataSourceTransactionManager(client.dataSource()))
			.readWrite((status) -> client.update("INSERT INTO line VALUES (99)"))
			.query("TABLE line");
	}

	static void oldManager(SpringClient client) {
		client.use(new DataSourceTransactionManager(client.dataSource()))
			.readWrite((status) -> client.update(INSERT, "a"))
			.readWrite((status) -> {
				client.update(INSERT, "b");
				status.setRollbackOnly();
			})
			.query("SELECT name FROM item ORDER BY id");
	}

	static void abortedTransactionGoesOn(SpringClient client) {
		client.readWrite((status) -> client.update(INSERT, "a").query("SELECT 1/0").query(COUNT)).query(COUNT);
	}

	static void cannotAcquireLock(SpringClient client) {
		client.readWrite((status) -> client.query("SELECT id FROM item WHERE id = 1 FOR UPDATE")
			.requiresNew((inner) -> client.query("SELECT id FROM item WHERE id = 1 FOR UPDATE NOWAIT")));
	}

	static void deadlock(SpringClient client) {
		client.readWrite((status) -> {
			client.update("SET LOCAL deadlock_timeout = '1h'").update("UPDATE item SET price = 5 WHERE id = 1");
			CompletableFuture<Void> locked = new CompletableFuture<>();
			CompletableFuture<Void> other = CompletableFuture.runAsync(() -> client.requiresNew((inner) -> {
				client.jdbc().update("SET LOCAL deadlock_timeout = '10ms'");
				client.jdbc().update("UPDATE item SET price = 6 WHERE id = 2");
				locked.complete(null);
				client.jdbc().update("UPDATE item SET price = 6 WHERE id = 1");
			}));
			locked.join();
			client.jdbc().update("UPDATE item SET price = 5 WHERE id = 2");
			other.join();
		}).query("SELECT id, price FROM item ORDER BY id");
	}

	static void namedParameters(SpringClient client) {
		NamedParameterJdbcTemplate named = new NamedParameterJdbcTemplate(client.dataSource());
		client
			.step("query",
					() -> named.queryForList("SELECT name FROM item WHERE id IN (:ids) ORDER BY id",
							Map.of("ids", List.of(1, 3))))
			.step("update", () -> named.update("UPDATE item SET price = :p WHERE id = :i", Map.of("p", 4, "i", 1)))
			.step("missing", () -> named.queryForList("SELECT :x", Map.of()));
	}

	static void jdbcClient(SpringClient client) {
		JdbcClient simple = JdbcClient.create(client.dataSource());
		client
			.step("list",
					() -> simple.sql("SELECT name FROM item WHERE id > :id ORDER BY id")
						.param("id", 1)
						.query(String.class)
						.list())
			.step("update", () -> simple.sql(INSERT).param("x").update())
			.step("optional",
					() -> simple.sql("SELECT id FROM item WHERE name = ?").param("no").query(Integer.class).optional())
			.step("single", () -> simple.sql("SELECT id FROM item").query(Integer.class).single());
	}

	static void simpleInsert(SpringClient client) {
		SimpleJdbcInsert insert = new SimpleJdbcInsert(client.dataSource()).withTableName("item")
			.usingColumns("name")
			.usingGeneratedKeyColumns("id");
		client.step("insert", () -> insert.executeAndReturnKey(Map.of("name", "s")))
			.readWrite((status) -> client.step("insert", () -> insert.executeAndReturnKey(Map.of("name", "t"))))
			.step("duplicate", () -> insert.execute(Map.of("name", "s")));
	}

	static void simpleCall(SpringClient client) {
		client
			.step("function",
					() -> new SimpleJdbcCall(client.dataSource()).withFunctionName("plus")
						.executeFunction(Integer.class, Map.of("a", 1, "b", 2)))
			.readWrite((status) -> client.step("procedure",
					() -> new SimpleJdbcCall(client.dataSource()).withProcedureName("swap")
						.execute(Map.of("a", 1, "b", 2))));
	}

	static void batchUpdate(SpringClient client) {
		client
			.step("batch", () -> client.jdbc().batchUpdate(INSERT, List.of(new Object[] { "a" }, new Object[] { "b" })))
			.step("texts",
					() -> client.jdbc().batchUpdate("DELETE FROM item WHERE id = 1", "UPDATE item SET price = 2"))
			.step("fails", () -> client.jdbc().batchUpdate(INSERT, List.of(new Object[] { "c" }, new Object[] { "a" })))
			.query("SELECT id, name FROM item ORDER BY id");
	}

	static void batchFailsInTransaction(SpringClient client) {
		client.readWrite(
				(status) -> client.jdbc().batchUpdate(INSERT, List.of(new Object[] { "c" }, new Object[] { "one" })))
			.query(COUNT);
	}

	static void keyHolder(SpringClient client) {
		GeneratedKeyHolder keys = new GeneratedKeyHolder();
		client
			.step("insert",
					() -> client.jdbc()
						.update((connection) -> connection.prepareStatement("INSERT INTO item (name) VALUES ('k')",
								new String[] { "id" }), keys))
			.step("key", keys::getKey);
	}

	static void stream(SpringClient client) {
		client.step("stream", () -> {
			try (Stream<Integer> ids = client.jdbc()
				.queryForStream("SELECT id FROM item ORDER BY id", (row, number) -> row.getInt(1))) {
				return ids.toList();
			}
		});
	}

	static void rowSet(SpringClient client) {
		client.step("rows", () -> {
			SqlRowSet rows = client.jdbc().queryForRowSet("SELECT id, name FROM item ORDER BY id");
			rows.last();
			return rows.getInt("id") + rows.getString("name");
		});
	}

	static void connectionCallback(SpringClient client) {
		client
			.step("outside",
					() -> client.jdbc()
						.execute((Connection connection) -> connection.isReadOnly() + " "
								+ connection.getTransactionIsolation()))
			.readWrite((status) -> client.step("inside", () -> client.jdbc()
				.execute((Connection connection) -> connection.isReadOnly() + " " + connection.getAutoCommit())))
			.step("closes", () -> client.jdbc().execute((Connection connection) -> {
				connection.close();
				return connection.isClosed();
			}));
	}

	static void dataSourceUtils(SpringClient client) {
		client.readWrite((status) -> {
			Connection connection = DataSourceUtils.getConnection(client.dataSource());
			client.step("same", () -> connection == DataSourceUtils.getConnection(client.dataSource()))
				.step("transactional",
						() -> DataSourceUtils.isConnectionTransactional(connection, client.dataSource()));
			DataSourceUtils.releaseConnection(connection, client.dataSource());
			DataSourceUtils.releaseConnection(connection, client.dataSource());
		});
	}

	static void synchronizations(SpringClient client) {
		client.readWrite((status) -> register(client).update(INSERT, "a")).readWrite((status) -> {
			register(client).update(INSERT, "b");
			status.setRollbackOnly();
		}).readWrite((status) -> register(client).update("INSERT INTO code VALUES (1), (1)")).query(COUNT);
	}

	private static SpringClient register(SpringClient client) {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void beforeCommit(boolean readOnly) {
				client.query("SELECT 'before commit'", new Object[0]);
			}

			@Override
			public void afterCommit() {
				client.step("after commit", () -> readOnly).query(COUNT);
			}

			@Override
			public void afterCompletion(int outcome) {
				client.step("completed", () -> outcome);
			}

			private final boolean readOnly = TransactionSynchronizationManager.isCurrentTransactionReadOnly();

		});
		return client;
	}

	static void writesAfterCommit(SpringClient client) {
		client.readWrite((status) -> {
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCommit() {
					client.requiresNew((inner) -> client.update(INSERT, "after"));
				}

			});
			client.update(INSERT, "before");
		}).query("SELECT name FROM item ORDER BY id");
	}

	static void ignoredWarnings(SpringClient client) {
		client.query("SELECT complain()").step("not ignored", () -> {
			client.jdbc().setIgnoreWarnings(false);
			return client.jdbc().queryForList("SELECT complain()");
		});
	}

	static void settingsOfTemplate(SpringClient client) {
		client.jdbc().setMaxRows(2);
		client.jdbc().setFetchSize(1);
		client.query("SELECT n FROM many ORDER BY n");
		client.jdbc().setQueryTimeout(1);
		client.query("SELECT pg_sleep(20)").query("SELECT 1");
	}

	static void statementThatIsCaught(SpringClient client) {
		client.readWrite((status) -> {
			try {
				client.jdbc().update("INSERT INTO item VALUES (1)");
			}
			catch (DataAccessException ex) {
				client.query(COUNT);
			}
		}).query(COUNT);
	}

}
