package dev.tidemark.routing;

import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

/**
 * Something asked of a JDBC object.
 *
 * @param <S> the type of the object
 * @param <T> the type of the answer
 */
@FunctionalInterface
interface SqlCall<S, T extends @Nullable Object> {

	T apply(S target) throws SQLException;

}
