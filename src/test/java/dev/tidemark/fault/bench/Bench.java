package dev.tidemark.fault.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

import dev.tidemark.app.Servers;
import dev.tidemark.fault.TcpProxy;
import dev.tidemark.fault.bench.Row.Topology;
import dev.tidemark.history.Backend;
import dev.tidemark.history.Cells;
import dev.tidemark.history.Instance;
import dev.tidemark.history.Member;
import dev.tidemark.history.TidemarkBackend;
import dev.tidemark.history.Write;
import dev.tidemark.redis.RedisSentinels;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import org.jspecify.annotations.Nullable;

/**
 * A primary, three replicas that are 200 ms late, and Redis, each behind a proxy, with
 * two instances of an application.
 */
final class Bench implements AutoCloseable {

	private static final Duration MAX_STALENESS = Duration.ofSeconds(2);

	/**
	 * A failover of Redis must not take longer.
	 */
	private static final Duration MAX_STALENESS_WITH_SENTINEL = Duration.ofSeconds(10);

	private static final List<String> REDIS_OF_INSTANCE = List.of("redis of the first", "redis of the second");

	private static final Duration DELAY = Duration.ofMillis(200);

	/**
	 * Not the administrator: who takes all its connections leaves some to him.
	 */
	static final String USER = "application";

	private final Servers servers = new Servers(
			ReplicatedPostgres.builder().replicas("replica1", "replica2", "replica3").start());

	private final Map<String, TcpProxy> proxies = new LinkedHashMap<>();

	private final List<Member> instances = new ArrayList<>();

	private final @Nullable RedisSentinels sentinels;

	private @Nullable Load load;

	private @Nullable Probe probe;

	private @Nullable Onlookers onlookers;

	private final Instance local;

	private final @Nullable RemoteInstance remote;

	private PostgresServer primary = this.servers.postgres().primary();

	Bench(Topology topology) throws Exception {
		this.sentinels = (topology == Topology.SENTINEL) ? new RedisSentinels() : null;
		createTables(this.primary);
		this.servers.postgres().awaitReplicated();
		replicas().forEach((replica) -> replica.delayReplay(DELAY));
		this.proxies.put(this.primary.name(), TcpProxy.to(this.primary.host(), this.primary.port()));
		replicas().forEach((replica) -> this.proxies.put(replica.name(), TcpProxy.to(replica.host(), replica.port())));
		for (String redis : REDIS_OF_INSTANCE) {
			this.proxies.put(redis, TcpProxy.to(this.servers.redis().host(), this.servers.redis().port()));
		}
		this.local = Instance.start(properties(0));
		this.instances.add(this.local);
		this.remote = (topology == Topology.REMOTE) ? RemoteInstance.start(properties(1)) : null;
		this.instances.add((this.remote != null) ? this.remote : Instance.start(properties(1)));
	}

	private List<String> properties(int instance) {
		List<String> properties = Instance.properties(this.servers);
		properties.add("spring.datasource.url=" + url(this.primary));
		properties.add("spring.datasource.username=" + USER);
		replicas().forEach((replica) -> properties.add("tidemark.replicas." + replica.name() + ".url=" + url(replica)));
		properties.add("spring.data.redis.port=" + proxy(REDIS_OF_INSTANCE.get(instance)).port());
		properties.add("tidemark.consistency.max-staleness=" + maxStaleness());
		if (this.sentinels != null) {
			properties.add("spring.data.redis.sentinel.master=" + RedisSentinels.MASTER);
			properties.add("spring.data.redis.sentinel.nodes=" + this.sentinels.addresses());
		}
		properties.add("tidemark.marker.timeout=50ms");
		properties.add("tidemark.routing.autocommit-reads=replica");
		return properties;
	}

	/**
	 * Make the tables, with a user of their own, who learns at once which timeline a
	 * replica is on.
	 */
	void createTables(PostgresServer primary) throws SQLException {
		Cells.create(primary);
		sql(primary, "CREATE ROLE " + USER + " LOGIN PASSWORD '" + password() + "'", "GRANT pg_monitor TO " + USER,
				"GRANT ALL ON ALL TABLES IN SCHEMA public TO " + USER);
	}

	private String password() {
		return this.servers.postgres().primary().password();
	}

	/**
	 * Connect to a server as the application does.
	 */
	Connection open(PostgresServer server) throws SQLException {
		return DriverManager.getConnection(server.jdbcUrl(), USER, password());
	}

	private String url(PostgresServer server) {
		TcpProxy proxy = proxy(server.name());
		return "jdbc:postgresql://" + proxy.host() + ":" + proxy.port() + "/" + server.database();
	}

	Duration maxStaleness() {
		return (this.sentinels != null) ? MAX_STALENESS_WITH_SENTINEL : MAX_STALENESS;
	}

	RedisSentinels sentinels() {
		return Objects.requireNonNull(this.sentinels);
	}

	Servers servers() {
		return this.servers;
	}

	List<Member> instances() {
		return this.instances;
	}

	/**
	 * Return the instance in a process of its own.
	 */
	RemoteInstance remote() {
		return Objects.requireNonNull(this.remote);
	}

	/**
	 * Take note of who uses the application now.
	 */
	void use(Load load, Probe probe, Onlookers onlookers) {
		this.load = load;
		this.probe = probe;
		this.onlookers = onlookers;
	}

	Onlookers onlookers() {
		return Objects.requireNonNull(this.onlookers);
	}

	Load load() {
		return Objects.requireNonNull(this.load);
	}

	Probe probe() {
		return Objects.requireNonNull(this.probe);
	}

	/**
	 * Continue a session that ends at once.
	 */
	void bring(String token) {
		this.local.bring(token);
	}

	void off(List<Switch> mechanisms) throws Exception {
		Switch.off(mechanisms);
		for (Switch mechanism : mechanisms) {
			if (this.remote != null) {
				this.remote.off(mechanism);
			}
		}
	}

	void on(List<Switch> mechanisms) throws Exception {
		mechanisms.forEach(Switch::on);
		if (this.remote != null) {
			this.remote.kill();
			this.remote.start();
		}
	}

	Backend backend() {
		return new TidemarkBackend(this.instances);
	}

	/**
	 * Return what the first instance knows of the servers.
	 */
	Object status() {
		return this.local.status();
	}

	/**
	 * Return the ways of both instances to Redis.
	 */
	List<TcpProxy> redisProxies() {
		return REDIS_OF_INSTANCE.stream().map(this::proxy).toList();
	}

	TcpProxy proxy(String server) {
		return Objects.requireNonNull(this.proxies.get(server));
	}

	PostgresServer primary() {
		return this.primary;
	}

	/**
	 * Take note that another server is the primary.
	 */
	void primary(PostgresServer primary) {
		this.primary = primary;
	}

	List<PostgresReplica> replicas() {
		return this.servers.postgres().replicas();
	}

	Set<String> replicaNames() {
		Set<String> names = new HashSet<>();
		replicas().stream()
			.filter((replica) -> replica != this.primary)
			.forEach((replica) -> names.add(replica.name()));
		return names;
	}

	void delayAsEver(PostgresReplica replica) {
		replica.delayReplay(DELAY);
	}

	/**
	 * Be Redis' administrator.
	 */
	void redis(Consumer<RedisCommands<String, String>> action) {
		try (RedisClient client = RedisClient
			.create(RedisURI.create(this.servers.redis().host(), this.servers.redis().port()));
				StatefulRedisConnection<String, String> connection = client.connect()) {
			action.accept(connection.sync());
		}
	}

	/**
	 * Be a server's administrator.
	 */
	static void sql(PostgresServer server, String... statements) throws SQLException {
		try (Connection connection = server.open(); Statement statement = connection.createStatement()) {
			for (String sql : statements) {
				statement.execute(sql);
			}
		}
	}

	/**
	 * Ask a server as its administrator.
	 */
	static String ask(PostgresServer server, String sql) throws SQLException {
		try (Connection connection = server.open();
				Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery(sql)) {
			row.next();
			return row.getString(1);
		}
	}

	/**
	 * Return what the primary says of the rows that begin so.
	 */
	Measured.Ledger ledger(String prefix) throws SQLException {
		Set<List<Object>> there = new HashSet<>();
		Set<Object> writes = new HashSet<>();
		int repeated = 0;
		try (Connection connection = this.primary.open();
				PreparedStatement statement = connection
					.prepareStatement("SELECT write, name, version FROM ledger WHERE starts_with(name, ?)")) {
			statement.setString(1, prefix);
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					there.add(List.of(rows.getString(2), rows.getLong(3)));
					repeated += writes.add(rows.getObject(1)) ? 0 : 1;
				}
			}
		}
		return new LedgerOf(there, repeated);
	}

	@Override
	public void close() {
		this.instances.forEach(Member::close);
		this.proxies.values().forEach(TcpProxy::close);
		this.servers.close();
		if (this.sentinels != null) {
			this.sentinels.close();
		}
	}

	private record LedgerOf(Set<List<Object>> there, int repeated) implements Measured.Ledger {

		@Override
		public int lost(List<Write> acknowledged) {
			return (int) acknowledged.stream()
				.filter((write) -> !this.there.contains(List.of(write.row(), write.version())))
				.count();
		}

	}

}
