package dev.tidemark.jdbc;

import javax.sql.DataSource;

/**
 * What is run on the bare pool and through Tidemark.
 */
@FunctionalInterface
interface Program {

	/**
	 * Run on a connection, or some, of a pool, and return what was seen.
	 */
	Transcript run(DataSource dataSource) throws Exception;

}
