package dev.tidemark.jdbc;

import java.lang.reflect.Method;
import java.sql.DatabaseMetaData;
import java.util.Arrays;

/**
 * Where Tidemark is meant to differ from the bare pool. The table in docs/jdbc.md tells
 * why.
 */
enum IntendedDifference {

	/**
	 * The constants of the metadata need no server, so an aborted transaction answers.
	 */
	METADATA_IN_ABORTED_TRANSACTION {

		@Override
		boolean matches(Method method, String state) {
			return method.getDeclaringClass() == DatabaseMetaData.class && method.getParameterCount() == 0
					&& state.equals("aborted transaction");
		}

	},

	/** A connection that was aborted says that it is closed. */
	ABORT {

		@Override
		boolean matches(Method method, String state) {
			return method.getName().equals("abort");
		}

	},

	/** An isolation level that does not exist does not break the connection. */
	UNKNOWN_ISOLATION_LEVEL {

		@Override
		boolean matches(Method method, String state) {
			return method.getName().equals("setTransactionIsolation");
		}

	},

	/** Behind an unwrapped connection anything may happen: that needs the primary. */
	UNWRAP_ON_REPLICA {

		@Override
		boolean matches(Method method, String state) {
			return method.getName().equals("unwrap") && state.equals("read-only transaction");
		}

	},

	/** What a closed connection throws from methods that promise another exception. */
	CLOSED_CONNECTION {

		@Override
		boolean matches(Method method, String state) {
			return state.equals("closed") && (method.getName().equals("setClientInfo") || method.isDefault());
		}

	};

	abstract boolean matches(Method method, String state);

	static boolean isKnown(Method method, String state) {
		return Arrays.stream(values()).anyMatch((difference) -> difference.matches(method, state));
	}

}
