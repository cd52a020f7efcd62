package dev.tidemark.routing;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Blob;
import java.sql.Clob;

import org.jspecify.annotations.Nullable;

/**
 * A large object that is refused when its connection has left the server it lives on:
 * there somebody else may be using the driver's connection by then. A dynamic proxy,
 * because each of its methods is a round trip.
 */
final class LogicalLob implements InvocationHandler {

	private final CurrentTransaction transaction;

	private final ServerConnection server;

	private final Object lob;

	private LogicalLob(CurrentTransaction transaction, ServerConnection server, Object lob) {
		this.transaction = transaction;
		this.server = server;
		this.lob = lob;
	}

	/**
	 * Return the logical object for a value if it is a large object, else the value.
	 */
	@SuppressWarnings("unchecked")
	static <T extends @Nullable Object> T bind(CurrentTransaction transaction, ServerConnection server, T value) {
		if (value instanceof Blob) {
			return (T) proxy(Blob.class, new LogicalLob(transaction, server, value));
		}
		if (value instanceof Clob) {
			return (T) proxy(Clob.class, new LogicalLob(transaction, server, value));
		}
		return value;
	}

	private static Object proxy(Class<?> type, LogicalLob handler) {
		return Proxy.newProxyInstance(LogicalLob.class.getClassLoader(), new Class<?>[] { type }, handler);
	}

	@Override
	public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
		if (method.getDeclaringClass() == Object.class) {
			return method.getName().equals("equals") && arguments != null ? proxy == arguments[0]
					: method.invoke(this.lob, arguments);
		}
		if (method.getName().equals("free") && !this.transaction.mayTouch(this.server)) {
			return null;
		}
		this.transaction.touch(this.server, "This large object");
		try {
			return method.invoke(this.lob, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

}
