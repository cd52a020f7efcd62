package example;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

import dev.tidemark.autoconfigure.TidemarkProperties;
import dev.tidemark.autoconfigure.TidemarkProperties.Replica;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.stereotype.Component;

/**
 * The reads of an application that splits reads and writes without Tidemark: any replica
 * will do. For comparison only.
 */
@Component
class NaiveReads {

	private static final String LATEST = """
			select id, author, body, version, created_at from post
			where cast(:author as text) is null or author = :author order by id desc limit 100""";

	private final Map<String, JdbcClient> replicas;

	private final List<String> names;

	NaiveReads(TidemarkProperties tidemark, JdbcConnectionDetails primary) {
		this.replicas = tidemark.replicas()
			.entrySet()
			.stream()
			.collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, (entry) -> connect(entry.getValue(), primary)));
		this.names = List.copyOf(this.replicas.keySet());
	}

	/**
	 * A data source of its own, that is not a bean: nobody else uses it by accident.
	 */
	private static JdbcClient connect(Replica replica, JdbcConnectionDetails primary) {
		DriverManagerDataSource dataSource = new DriverManagerDataSource(Objects.requireNonNull(replica.url()));
		dataSource.setUsername(primary.getUsername());
		dataSource.setPassword(primary.getPassword());
		return JdbcClient.create(dataSource);
	}

	String anyReplica() {
		return this.names.get(ThreadLocalRandom.current().nextInt(this.names.size()));
	}

	/**
	 * The latest hundred posts of an author or of all, as far as the replica has them.
	 */
	List<Post.View> latest(String replica, @Nullable String author) {
		return Objects.requireNonNull(this.replicas.get(replica))
			.sql(LATEST)
			.param("author", author)
			.query(NaiveReads::view)
			.list();
	}

	private static Post.View view(ResultSet row, int number) throws SQLException {
		return new Post.View(row.getLong("id"), row.getString("author"), row.getString("body"), row.getLong("version"),
				row.getObject("created_at", OffsetDateTime.class).toInstant());
	}

}
