package dev.tidemark.routing;

import java.sql.SQLFeatureNotSupportedException;

import javax.sql.XAConnection;
import javax.sql.XADataSource;
import javax.transaction.xa.XAResource;

import org.postgresql.util.PSQLState;

/**
 * What is refused, because a transaction manager commits behind the routing: the WAL
 * position of such a commit can't be known.
 */
final class DistributedTransactions {

	private DistributedTransactions() {
	}

	/**
	 * Refuse to unwrap what takes part in a distributed transaction.
	 * @param type the type that is asked for
	 * @throws SQLFeatureNotSupportedException if it is such a type
	 */
	static void refuse(Class<?> type) throws SQLFeatureNotSupportedException {
		if (XADataSource.class.isAssignableFrom(type) || XAConnection.class.isAssignableFrom(type)
				|| XAResource.class.isAssignableFrom(type)) {
			throw new SQLFeatureNotSupportedException("There is no " + type.getName()
					+ " here: Tidemark's connections take no part in distributed (XA) transactions, because the WAL "
					+ "position of a commit by a transaction manager can't be known. Use a data source of its own for "
					+ "XA, which Tidemark leaves alone.", PSQLState.NOT_IMPLEMENTED.getState());
		}
	}

}
