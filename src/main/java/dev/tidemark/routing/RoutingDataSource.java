package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Supplier;

import javax.sql.DataSource;

import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * The application's data source: its connections run read-only transactions on replicas,
 * and everything else on the primary. Thread-safe.
 * <p>
 * <strong>A connection takes nothing from any pool before its first statement</strong>,
 * and the server is chosen anew for each transaction. Unlike
 * {@link org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy} it therefore
 * serves a read-only and a read-write transaction on one and the same connection, which
 * is what Hibernate does within a request. What unwraps this data source finds the
 * primary's pool.
 */
public final class RoutingDataSource extends DelegatingDataSource {

	private final Supplier<RoutingEngine> engine;

	/**
	 * Create a data source.
	 * @param primary the primary's pool
	 * @param engine carries out the decisions; not asked for before the first connection
	 */
	public RoutingDataSource(DataSource primary, Supplier<RoutingEngine> engine) {
		super(primary);
		this.engine = engine;
	}

	@Override
	public Connection getConnection() throws SQLException {
		return new LogicalConnection(this.engine.get());
	}

}
