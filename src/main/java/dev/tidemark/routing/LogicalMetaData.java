package dev.tidemark.routing;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The metadata of a logical connection: answers what does not change without a server,
 * and asks the current transaction's server the rest. A dynamic proxy, because the
 * interface has two hundred methods and none of them is called often.
 */
final class LogicalMetaData implements InvocationHandler {

	private final LogicalConnection connection;

	private final Map<Method, Object> constants;

	private LogicalMetaData(LogicalConnection connection, Map<Method, Object> constants) {
		this.connection = connection;
		this.constants = constants;
	}

	static DatabaseMetaData of(LogicalConnection connection, Map<Method, Object> constants) {
		return (DatabaseMetaData) Proxy.newProxyInstance(LogicalMetaData.class.getClassLoader(),
				new Class<?>[] { DatabaseMetaData.class }, new LogicalMetaData(connection, constants));
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
		Object constant = this.constants.get(method);
		if (constant != null) {
			return constant;
		}
		return switch (method.getName()) {
			case "getConnection" -> this.connection;
			case "isReadOnly" -> this.connection.isReadOnly();
			case "equals" -> arguments != null && proxy == arguments[0];
			case "hashCode" -> System.identityHashCode(proxy);
			case "toString" -> "metadata of " + this.connection;
			default -> ask(method, arguments);
		};
	}

	private @Nullable Object ask(Method method, Object @Nullable [] arguments) throws Throwable {
		ServerConnection server = this.connection.transaction().serverForQuestion();
		try {
			Object answer = method.invoke(server.connection().getMetaData(), arguments);
			return (answer instanceof ResultSet rows) ? wrap(rows, server) : answer;
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

	private ResultSet wrap(ResultSet rows, ServerConnection server) throws Throwable {
		LogicalStatement<?> statement = LogicalStatement.existing(this.connection, server, rows.getStatement());
		return new LogicalResultSet(this.connection, server, statement, rows);
	}

}
