package dev.tidemark.routing;

import java.sql.SQLException;

/**
 * Something done to a JDBC object.
 *
 * @param <T> the type of the object
 */
@FunctionalInterface
interface SqlAction<T> {

	void apply(T target) throws SQLException;

}
