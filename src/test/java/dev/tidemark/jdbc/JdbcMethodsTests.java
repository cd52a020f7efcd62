package dev.tidemark.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TimeZone;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

import javax.sql.DataSource;

import dev.tidemark.app.Servers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.postgresql.PGConnection;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Calls every method of every JDBC interface, in several states, on a connection of the
 * bare pool and on one of Tidemark: a method that is forgotten, or that is right in one
 * state only, differs.
 */
class JdbcMethodsTests {

	private static Servers servers;

	private static final Deque<Pools> pools = new ArrayDeque<>();

	/**
	 * They take turns: HikariCP evicts a connection on which a method was not
	 * implemented, and opens few of them in a second.
	 */
	@BeforeAll
	static void start() {
		servers = new Servers();
		for (int i = 0; i < 3; i++) {
			pools.add(new Pools());
		}
	}

	@AfterAll
	static void stop() {
		pools.forEach(Pools::close);
		pools.clear();
		servers.close();
	}

	@TestFactory
	Stream<DynamicContainer> connection() {
		return inEachState(Connection.class, connections());
	}

	@TestFactory
	Stream<DynamicContainer> metaData() {
		Map<String, Supply> states = new LinkedHashMap<>();
		connections().forEach((state, supply) -> states.put(state,
				(connection) -> ((Connection) supply.from(connection)).getMetaData()));
		states.remove("closed");
		return inEachState(DatabaseMetaData.class, states);
	}

	@TestFactory
	Stream<DynamicContainer> statement() {
		Map<String, Supply> states = new LinkedHashMap<>();
		states.put("outside a transaction", Connection::createStatement);
		states.put("executed", (connection) -> executed(connection.createStatement()));
		states.put("updated", (connection) -> updated(connection.createStatement()));
		states.put("read-only transaction", (connection) -> executed(readOnly(connection).createStatement()));
		states.put("scrollable", (connection) -> connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE,
				ResultSet.CONCUR_UPDATABLE, ResultSet.HOLD_CURSORS_OVER_COMMIT));
		states.put("closed", (connection) -> closed(executed(connection.createStatement())));
		states.put("connection closed", (connection) -> {
			Statement statement = executed(connection.createStatement());
			connection.close();
			return statement;
		});
		return inEachState(Statement.class, states);
	}

	@TestFactory
	Stream<DynamicContainer> preparedStatement() {
		Map<String, Supply> states = new LinkedHashMap<>();
		states.put("fresh", (connection) -> connection.prepareStatement("SELECT ?::text AS a"));
		states.put("executed", (connection) -> executed(prepared(connection)));
		states.put("read-only transaction", (connection) -> executed(prepared(readOnly(connection))));
		states.put("closed", (connection) -> closed(prepared(connection)));
		return inEachState(PreparedStatement.class, states);
	}

	@TestFactory
	Stream<DynamicContainer> callableStatement() {
		Map<String, Supply> states = new LinkedHashMap<>();
		states.put("fresh", (connection) -> connection.prepareCall("{? = call upper(?)}"));
		states.put("executed", JdbcMethodsTests::called);
		states.put("closed", (connection) -> closed(called(connection)));
		return inEachState(CallableStatement.class, states);
	}

	@TestFactory
	Stream<DynamicContainer> resultSet() {
		Map<String, Supply> states = new LinkedHashMap<>();
		for (String value : List.of("1", "'a'", "NULL::text", "'2026-11-21 10:00:00+00'::timestamptz",
				"'2026-11-21'::date", "'\\x01'::bytea", "'{1,2}'::int[]", "1.5::numeric", "true",
				"'5d8a9fd5-0d09-4c3b-9a1f-9a8c8e5f7f10'::uuid")) {
			states.put("row with " + value, (connection) -> row(connection.createStatement(), value));
		}
		states.put("row in a read-only transaction",
				(connection) -> row(readOnly(connection).createStatement(), "'b'"));
		states.put("scrollable",
				(connection) -> row(
						connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE),
						"7"));
		states.put("closed", (connection) -> {
			ResultSet rows = row(connection.createStatement(), "1");
			rows.close();
			return rows;
		});
		return inEachState(ResultSet.class, states);
	}

	private static Map<String, Supply> connections() {
		Map<String, Supply> states = new LinkedHashMap<>();
		states.put("fresh", (connection) -> connection);
		states.put("used", (connection) -> {
			executed(connection.createStatement());
			return connection;
		});
		states.put("transaction not begun", (connection) -> {
			connection.setAutoCommit(false);
			return connection;
		});
		states.put("transaction", (connection) -> {
			connection.setAutoCommit(false);
			executed(connection.createStatement());
			return connection;
		});
		states.put("read-only transaction", (connection) -> {
			executed(readOnly(connection).createStatement());
			return connection;
		});
		states.put("aborted transaction", (connection) -> {
			connection.setAutoCommit(false);
			Outcome.of(() -> connection.createStatement().executeQuery("SELECT 1/0"));
			return connection;
		});
		states.put("closed", (connection) -> {
			connection.close();
			return connection;
		});
		return states;
	}

	private static Connection readOnly(Connection connection) throws SQLException {
		connection.setReadOnly(true);
		connection.setAutoCommit(false);
		return connection;
	}

	private static Statement executed(Statement statement) throws SQLException {
		statement.executeQuery("SELECT 1 AS a");
		return statement;
	}

	private static Statement updated(Statement statement) throws SQLException {
		statement.executeUpdate("DROP TABLE IF EXISTS item");
		statement.executeUpdate("CREATE TEMP TABLE item (id int)");
		statement.executeUpdate("INSERT INTO item VALUES (1), (2)");
		return statement;
	}

	private static PreparedStatement prepared(Connection connection) throws SQLException {
		PreparedStatement statement = connection.prepareStatement("SELECT ?::text AS a");
		statement.setString(1, "x");
		return statement;
	}

	private static PreparedStatement executed(PreparedStatement statement) throws SQLException {
		statement.executeQuery();
		return statement;
	}

	private static CallableStatement called(Connection connection) throws SQLException {
		CallableStatement statement = connection.prepareCall("{? = call upper(?)}");
		statement.registerOutParameter(1, Types.VARCHAR);
		statement.setString(2, "x");
		statement.execute();
		return statement;
	}

	private static <S extends Statement> S closed(S statement) throws SQLException {
		statement.close();
		return statement;
	}

	private static ResultSet row(Statement statement, String value) throws SQLException {
		ResultSet rows = statement.executeQuery("SELECT " + value + " AS a");
		rows.next();
		return rows;
	}

	private static Stream<DynamicContainer> inEachState(Class<?> type, Map<String, Supply> states) {
		return states.entrySet()
			.stream()
			.map((state) -> DynamicContainer.dynamicContainer(state.getKey(), Arrays.stream(type.getMethods())
				.filter((method) -> !Modifier.isStatic(method.getModifiers()))
				.filter((method) -> type != CallableStatement.class || method.getDeclaringClass() != Statement.class)
				.sorted(Comparator.comparing(Method::toString))
				.map((method) -> DynamicTest.dynamicTest(signature(method),
						() -> compare(method, state.getKey(), state.getValue())))));
	}

	private static String signature(Method method) {
		return method.getName() + Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName).toList();
	}

	private static void compare(Method method, String state, Supply supply) throws Exception {
		List<String> expected = new ArrayList<>();
		List<String> actual = new ArrayList<>();
		for (int variant = 0; variant < ((method.getParameterCount() > 0) ? 3 : 1); variant++) {
			Pools next = pools.remove();
			pools.add(next);
			Connection connection = next.bare.take();
			expected.add(call(method, variant, connection, supply));
			next.bare.giveBack(connection, method.getDeclaringClass() != Connection.class);
			try (Connection logical = next.routed.getConnection()) {
				actual.add(call(method, variant, logical, supply));
			}
		}
		if (!IntendedDifference.isKnown(method, state)) {
			assertThat(actual).isEqualTo(expected);
		}
	}

	private static String call(Method method, int variant, Connection connection, Supply supply) throws Exception {
		Object target = supply.from(connection);
		Object[] arguments = new Object[method.getParameterCount()];
		for (int i = 0; i < arguments.length; i++) {
			arguments[i] = argument(method, i, variant, connection);
		}
		return Outcome.of(() -> method.invoke(target, arguments)) + " then " + Outcome.of(() -> after(target))
				+ ReachBack.check(connection, target);
	}

	/**
	 * What a call leaves behind.
	 */
	private static Object after(Object target) throws SQLException {
		if (target instanceof Connection connection) {
			return connection.isClosed() ? "closed" : connection.getAutoCommit() + " " + connection.isReadOnly() + " "
					+ Outcome.of(connection::getTransactionIsolation) + " " + Outcome.of(connection::getSchema) + " "
					+ Outcome.of(connection::getHoldability) + " " + Outcome.of(connection::getNetworkTimeout) + " "
					+ Outcome.of(() -> connection.getClientInfo("ApplicationName")) + " "
					+ Outcome.of(() -> connection.createStatement().executeQuery("SELECT 2"));
		}
		if (target instanceof Statement statement) {
			return statement.isClosed() + " " + statement.getMaxRows() + " " + statement.getFetchSize() + " "
					+ statement.getUpdateCount() + " " + Outcome.of(statement::getResultSet);
		}
		return "";
	}

	private static Object argument(Method method, int index, int variant, Connection connection) throws SQLException {
		Class<?> type = method.getParameterTypes()[index];
		if (method.getName().equals("setNetworkTimeout") && type == int.class) {
			return new int[] { 10_000, -1, 0 }[variant];
		}
		if (type == int.class) {
			return new int[] { 1, -1, 1003 }[variant];
		}
		if (type == long.class) {
			return new long[] { 1, -1, 5 }[variant];
		}
		if (type == boolean.class) {
			return variant == 0;
		}
		if (type.isPrimitive()) {
			return Array.get(Array.newInstance(type, 1), 0);
		}
		if (variant == 1 && !method.getName().equals("unwrap") && !method.getName().equals("isWrapperFor")) {
			return null;
		}
		if (type == Class.class) {
			return classArgument(method, variant);
		}
		if (type == String.class) {
			return text(method, variant);
		}
		return value(type, connection);
	}

	private static Class<?> classArgument(Method method, int variant) {
		if (method.getName().equals("getObject")) {
			return (variant == 0) ? String.class : Integer.class;
		}
		return (variant == 0) ? PGConnection.class : Runnable.class;
	}

	private static String text(Method method, int variant) {
		return switch (method.getName()) {
			case "setClientInfo", "getClientInfo" -> (variant == 0) ? "ApplicationName" : "other";
			case "setSchema", "setCatalog", "setSavepoint" -> "public";
			default -> {
				if (method.getDeclaringClass() == DatabaseMetaData.class) {
					yield (variant == 0) ? "pg_type" : "%";
				}
				boolean column = method.getDeclaringClass() == ResultSet.class
						|| method.getDeclaringClass() == CallableStatement.class;
				yield column ? "a" : ((variant == 0) ? "SELECT 3 AS a" : "SELECT 1/0");
			}
		};
	}

	private static Object value(Class<?> type, Connection connection) throws SQLException {
		if (type == int[].class) {
			return new int[] { 1 };
		}
		if (type == byte[].class) {
			return new byte[] { 1 };
		}
		if (type == String[].class) {
			return new String[] { "a" };
		}
		if (type == Object[].class) {
			return new Object[] { "a" };
		}
		Map<Class<?>, Object> values = new LinkedHashMap<>();
		values.put(Map.class, Map.of());
		values.put(Properties.class, new Properties());
		values.put(Executor.class, (Executor) Runnable::run);
		values.put(Calendar.class, Calendar.getInstance(TimeZone.getTimeZone("UTC")));
		values.put(BigDecimal.class, BigDecimal.TEN);
		values.put(Date.class, new Date(0));
		values.put(Time.class, new Time(0));
		values.put(Timestamp.class, new Timestamp(0));
		values.put(InputStream.class, new ByteArrayInputStream(new byte[] { 65 }));
		values.put(Reader.class, new StringReader("a"));
		values.put(SQLType.class, JDBCType.VARCHAR);
		values.put(Object.class, "a");
		return (type == Savepoint.class) ? savepoint(connection) : values.get(type);
	}

	private static Savepoint savepoint(Connection connection) {
		try {
			return connection.setSavepoint();
		}
		catch (SQLException ex) {
			return null;
		}
	}

	@FunctionalInterface
	private interface Supply {

		Object from(Connection connection) throws SQLException;

	}

	/**
	 * The bare pool, and the same through Tidemark.
	 */
	private static final class Pools {

		private final BarePool bare = new BarePool(servers.postgres().primary().jdbcUrl(),
				servers.postgres().primary().username(), servers.postgres().primary().password());

		private final ConfigurableApplicationContext application = servers.start(Application.class,
				WebApplicationType.NONE);

		private final DataSource routed = this.application.getBean(DataSource.class);

		void close() {
			this.application.close();
			this.bare.close();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
