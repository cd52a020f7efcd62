package dev.tidemark.routing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Supplier;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

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
 * primary's pool. Not final, so that an aspect can be put around it.
 */
public class RoutingDataSource extends DelegatingDataSource {

	private final Supplier<@Nullable RoutingEngine> engine;

	/**
	 * Create a data source.
	 * @param primary the primary's pool
	 * @param engine carries out the decisions; not asked for before the first connection;
	 * as long as there is none, connections are the primary's own
	 */
	public RoutingDataSource(DataSource primary, Supplier<@Nullable RoutingEngine> engine) {
		super(primary);
		this.engine = engine;
	}

	@Override
	public Connection getConnection() throws SQLException {
		RoutingEngine current = this.engine.get();
		return (current != null) ? new LogicalConnection(current) : obtainTargetDataSource().getConnection();
	}

	@Override
	public <T> T unwrap(Class<T> type) throws SQLException {
		DistributedTransactions.refuse(type);
		return super.unwrap(type);
	}

}
