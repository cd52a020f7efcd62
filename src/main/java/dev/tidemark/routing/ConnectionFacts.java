package dev.tidemark.routing;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.UtilityElf;
import org.jspecify.annotations.Nullable;

/**
 * What is true of a connection before anything is set on it, known without taking one:
 * from the configuration of the primary's pool, and from the first connection that any
 * pool has handed out. Thread-safe.
 */
final class ConnectionFacts {

	/**
	 * Questions without an argument whose answer is not a constant.
	 */
	private static final Set<String> STATE = Set.of("isReadOnly", "getUserName", "getURL");

	private final boolean autoCommit;

	private final boolean readOnly;

	private final @Nullable Integer isolation;

	private final @Nullable String url;

	private final @Nullable String userName;

	private volatile @Nullable Learned learned;

	ConnectionFacts(HikariDataSource primary) {
		this.autoCommit = primary.isAutoCommit();
		this.readOnly = primary.isReadOnly();
		this.isolation = isolation(primary);
		this.url = primary.getJdbcUrl();
		this.userName = primary.getUsername();
	}

	private static @Nullable Integer isolation(HikariConfig hikari) {
		String name = hikari.getTransactionIsolation();
		return (name != null) ? (Integer) UtilityElf.getTransactionIsolation(name) : null;
	}

	boolean autoCommit() {
		return this.autoCommit;
	}

	boolean readOnly() {
		return this.readOnly;
	}

	/**
	 * Return the isolation level.
	 * @return {@code null} if it is the server's own, and that is not known yet
	 */
	@Nullable Integer isolation() {
		Learned known = this.learned;
		return (this.isolation != null || known == null) ? this.isolation : (Integer) known.isolation;
	}

	/**
	 * Return what the first connection was like.
	 * @return {@code null} if there was none yet
	 */
	@Nullable Learned learned() {
		return this.learned;
	}

	/**
	 * Learn from a connection, unless that was done before.
	 * @param connection the driver's connection, that nothing was set on: for a question
	 * that the driver does not support, the pool would give its own up as broken
	 * @throws SQLException if the server can't be asked
	 */
	void learn(Connection connection) throws SQLException {
		if (this.learned == null) {
			this.learned = new Learned(connection.getTransactionIsolation(), connection.getCatalog(),
					connection.getNetworkTimeout(), connection.getClientInfo(), metaData(connection.getMetaData()));
		}
	}

	private Map<Method, Object> metaData(DatabaseMetaData metaData) throws SQLException {
		Map<Method, Object> constants = new HashMap<>();
		for (Method method : DatabaseMetaData.class.getMethods()) {
			if (method.getParameterCount() == 0 && isPlain(method.getReturnType())
					&& !STATE.contains(method.getName())) {
				addConstant(method, metaData, constants);
			}
			else if (method.getName().equals("getURL") && this.url != null) {
				constants.put(method, this.url);
			}
			else if (method.getName().equals("getUserName") && this.userName != null) {
				constants.put(method, this.userName);
			}
		}
		return constants;
	}

	private static void addConstant(Method method, DatabaseMetaData metaData, Map<Method, Object> constants)
			throws SQLException {
		try {
			Object value = method.invoke(metaData);
			if (value != null) {
				constants.put(method, value);
			}
		}
		catch (InvocationTargetException ex) {
			if (!(ex.getCause() instanceof SQLException)) {
				throw new IllegalStateException(method + " failed", ex);
			}
		}
		catch (IllegalAccessException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static boolean isPlain(Class<?> type) {
		return type.isPrimitive() || type == String.class || type.isEnum();
	}

	/**
	 * What a connection was like.
	 *
	 * @param isolation its isolation level
	 * @param catalog its catalog
	 * @param networkTimeout its network time-out in milliseconds
	 * @param clientInfo its client info; not to be changed
	 * @param metaData what does not change of its metadata, by method
	 */
	record Learned(int isolation, @Nullable String catalog, int networkTimeout, Properties clientInfo,
			Map<Method, Object> metaData) {

	}

}
