package dev.tidemark.routing;

import java.sql.SQLException;

/**
 * Something to do that may fail as JDBC does.
 */
@FunctionalInterface
interface SqlRunnable {

	void run() throws SQLException;

}
