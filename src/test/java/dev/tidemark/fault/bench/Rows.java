package dev.tidemark.fault.bench;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;

import dev.tidemark.fault.TcpProxy;
import dev.tidemark.fault.TcpProxy.Direction;
import dev.tidemark.fault.TcpProxy.Tap;
import dev.tidemark.fault.bench.Row.Harm;
import dev.tidemark.fault.bench.Row.Topology;
import dev.tidemark.fault.bench.Switch.Answer;
import dev.tidemark.history.Cells;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;

/**
 * The faults.
 */
final class Rows {

	private static final Switch FENCE = Switch.answer("routing.RoutingRules", "isReplayed", Answer.TRUE);

	private static final Switch LIMIT = Switch.answer("wal.ReplicaStatus", "stalenessBound", Answer.NO_TIME);

	private static final Switch REPETITION = Switch.nothing("routing.ReadFailure", "of");

	private static final Switch SILENCE = Switch.nothing("routing.ReplicaLoans", "check");

	private static final Switch ROLES = Switch.answer("wal.ClusterTracker", "stateOf", Answer.REPLICATING);

	private static final Switch EPOCH = Switch.answer("marker.StoreTrust", "covers", Answer.TRUE);

	private static final Switch BREAKER = Switch.nothing("marker.Markers", "distrust");

	private Rows() {
	}

	static List<Row> all() {
		List<Row> rows = new ArrayList<>();
		rows.add(row("1a", "replay delay of 0.2 s", 2, 60, Rows.delay(200), "the fence", FENCE));
		rows.add(row("1b", "replay delay of 2 s", 3, 60, Rows.delay(2000), "the fence", FENCE));
		rows.add(row("1c", "replay delay of 30 s", 3, 60, Rows.delay(30_000), "the limit of staleness", LIMIT));
		rows.add(row("2", "one replica paused", 4, 60, Rows::pauseOne, "the limit of staleness", LIMIT));
		rows.add(row("3", "all replicas paused", 3, 60, Rows::pauseAll, "the fence", FENCE));
		rows.add(failing("4", "replica kill −9", 2, 30, Rows::kill));
		rows.add(hanging("5", "replica SIGSTOP", 4, 60, Rows::freeze));
		rows.add(hanging("6a", "replica behind a blackhole, its answers lost", 4, 60, silence(Direction.TO_CLIENT)));
		rows.add(
				hanging("6b", "replica behind a blackhole, questions to it lost", 4, 60, silence(Direction.TO_SERVER)));
		rows.add(hanging("6c", "replica behind a blackhole, both ways", 4, 60, Rows::silence));
		rows.add(failing("7", "connections reset in mid-result", 2, 30, Rows::reset));
		rows.add(row("9", "replica restarts older than it was", 3, 30, Rows::restartOlder,
				"homes that know of restarts", Switch.answer("wal.ReplicaStatus", "isNoOlderThanItWas", Answer.TRUE)));
		rows.add(failing("10", "storm of recovery conflicts", 2, 60, Rows::conflicts));
		rows.add(row("13b", "replica of another cluster at an address", 2, 30, Rows::foreign,
				"roles and clusters asked for", ROLES));
		rows.add(
				row("14", "Redis kill −9, restarted empty", 2, 30, Rows::killRedis, "epoch and floor", EPOCH, BREAKER));
		rows.add(slow("15a", "Redis behind a blackhole", 3, 60, Rows::silenceRedis));
		rows.add(slow("15b", "Redis answers in 2 s", 3, 60, Rows::delayRedis));
		rows.add(row("16a", "FLUSHALL again and again", 2, 30, Rows::flush, "epoch and floor", EPOCH, BREAKER));
		rows.add(row("16b", "Redis out of memory, evicting", 2, 30, Rows::evict, "epoch and floor", EPOCH, BREAKER));
		rows.add(row("16c", "Redis out of memory, refusing", 2, 30, Rows::full, "writes held without a marker",
				Switch.nothing("routing.WriteRecorder", "committed")));
		rows.add(row("16d", "wrong types in our keys", 2, 30, Rows::wrongTypes,
				"an unreadable marker counts as unknown", Switch.nothing("routing.WriteRecorder", "committed")));
		return rows;
	}

	private static Row row(String number, String name, int brief, int lasting, BiFunction<Bench, Random, Fault> fault,
			String mechanism, Switch... switches) {
		return new Row(number, name, Topology.SHARED, Duration.ofSeconds(brief), Duration.ofSeconds(lasting), fault,
				false, mechanism, List.of(switches), Harm.VIOLATIONS);
	}

	private static Row failing(String number, String name, int brief, int lasting,
			BiFunction<Bench, Random, Fault> fault) {
		return new Row(number, name, Topology.SHARED, Duration.ofSeconds(brief), Duration.ofSeconds(lasting), fault,
				false, "reads are repeated elsewhere", List.of(REPETITION), Harm.FAILED_READS);
	}

	private static Row hanging(String number, String name, int brief, int lasting,
			BiFunction<Bench, Random, Fault> fault) {
		return new Row(number, name, Topology.SHARED, Duration.ofSeconds(brief), Duration.ofSeconds(lasting), fault,
				false, "reads are ended where nobody answers", List.of(SILENCE), Harm.HANGING_READS);
	}

	private static Row slow(String number, String name, int brief, int lasting,
			BiFunction<Bench, Random, Fault> fault) {
		return new Row(number, name, Topology.SHARED, Duration.ofSeconds(brief), Duration.ofSeconds(lasting), fault,
				false, "the store is asked in the background", List.of(BREAKER), Harm.SLOW_READS);
	}

	// Replicas

	private static PostgresReplica one(Bench bench, Random random) {
		return bench.replicas().get(random.nextInt(bench.replicas().size()));
	}

	private static BiFunction<Bench, Random, Fault> delay(long millis) {
		return (bench, random) -> Fault.of(
				() -> bench.replicas().forEach((replica) -> replica.delayReplay(Duration.ofMillis(millis))),
				() -> bench.replicas().forEach(bench::delayAsEver));
	}

	private static Fault pauseOne(Bench bench, Random random) {
		PostgresReplica replica = one(bench, random);
		return Fault.of(replica::pauseReplay, replica::resumeReplay);
	}

	private static Fault pauseAll(Bench bench, Random random) {
		return Fault.of(() -> bench.replicas().forEach(PostgresReplica::pauseReplay),
				() -> bench.replicas().forEach(PostgresReplica::resumeReplay));
	}

	private static Fault kill(Bench bench, Random random) {
		PostgresReplica replica = one(bench, random);
		return Fault.of(replica::kill, replica::start);
	}

	private static Fault freeze(Bench bench, Random random) {
		PostgresReplica replica = one(bench, random);
		return Fault.of(replica::freeze, replica::thaw);
	}

	private static BiFunction<Bench, Random, Fault> silence(Direction direction) {
		return (bench, random) -> {
			TcpProxy proxy = bench.proxy(one(bench, random).name());
			return Fault.of(() -> proxy.silence(direction), proxy::heal);
		};
	}

	private static Fault silence(Bench bench, Random random) {
		TcpProxy proxy = bench.proxy(one(bench, random).name());
		return Fault.of(proxy::silence, proxy::heal);
	}

	/**
	 * One answer in fifty ends after half of it.
	 */
	private static Fault reset(Bench bench, Random random) {
		TcpProxy proxy = bench.proxy(one(bench, random).name());
		return Fault.of(() -> proxy.tap(new Tap() {

			@Override
			public boolean mayPass(int connection, Direction direction, byte[] bytes) {
				return true;
			}

			@Override
			public int passing(int connection, Direction direction, byte[] bytes) {
				boolean breaks = direction == Direction.TO_CLIENT && ThreadLocalRandom.current().nextInt(50) == 0;
				return breaks ? bytes.length / 2 : bytes.length;
			}

		}), proxy::heal);
	}

	private static Fault restartOlder(Bench bench, Random random) {
		PostgresReplica replica = one(bench, random);
		return Fault.of(() -> {
			replica.delayReplay(Duration.ofSeconds(30));
			replica.kill();
			replica.start();
		}, () -> bench.delayAsEver(replica));
	}

	/**
	 * A lock that the primary takes is taken on the replicas too, from whoever has it.
	 */
	private static Fault conflicts(Bench bench, Random random) {
		Fault storm = Fault.repeated(20,
				() -> Bench.sql(bench.primary(),
						"BEGIN; LOCK TABLE cell IN ACCESS EXCLUSIVE MODE; SELECT pg_current_xact_id(); COMMIT"),
				() -> patience(bench, "30s"));
		return Fault.of(() -> {
			patience(bench, "0");
			storm.begin();
		}, storm::end);
	}

	private static void patience(Bench bench, String limit) throws SQLException {
		for (PostgresReplica replica : bench.replicas()) {
			Bench.sql(replica, "ALTER SYSTEM SET max_standby_streaming_delay = '" + limit + "'",
					"SELECT pg_reload_conf()");
		}
	}

	/**
	 * The other cluster has the same table, and what its rows say is no older.
	 */
	private static Fault foreign(Bench bench, Random random) {
		PostgresReplica replica = one(bench, random);
		ReplicatedPostgres[] other = new ReplicatedPostgres[1];
		return Fault.of(() -> {
			other[0] = ReplicatedPostgres.builder().replicas("foreign").start();
			Cells.create(other[0].primary());
			other[0].awaitReplicated();
			PostgresServer foreign = other[0].replica("foreign");
			bench.proxy(replica.name()).redirect(foreign.host(), foreign.port());
		}, () -> {
			bench.proxy(replica.name()).redirect(replica.host(), replica.port());
			other[0].close();
		});
	}

	// Redis

	private static Fault killRedis(Bench bench, Random random) {
		return Fault.of(() -> bench.servers().redis().kill(), () -> bench.servers().redis().restart());
	}

	private static Fault silenceRedis(Bench bench, Random random) {
		return Fault.of(bench.proxy("redis")::silence, bench.proxy("redis")::heal);
	}

	private static Fault delayRedis(Bench bench, Random random) {
		return Fault.of(() -> bench.proxy("redis").delay(Direction.TO_CLIENT, Duration.ofSeconds(2)),
				bench.proxy("redis")::heal);
	}

	private static Fault flush(Bench bench, Random random) {
		return Fault.repeated(100, () -> bench.servers().redis().flush(), () -> {
		});
	}

	private static Fault evict(Bench bench, Random random) {
		return memory(bench, "allkeys-random");
	}

	private static Fault full(Bench bench, Random random) {
		return memory(bench, "noeviction");
	}

	private static Fault memory(Bench bench, String policy) {
		return Fault.of(() -> bench.redis((redis) -> {
			redis.configSet("maxmemory-policy", policy);
			redis.configSet("maxmemory", "1mb");
		}), () -> bench.redis((redis) -> {
			redis.configSet("maxmemory", "0");
			redis.configSet("maxmemory-policy", "noeviction");
		}));
	}

	private static Fault wrongTypes(Bench bench, Random random) {
		return Fault.repeated(50, () -> bench.redis((redis) -> redis.keys("*").forEach((key) -> {
			redis.del(key);
			redis.rpush(key, "not", "a", "marker");
		})), () -> {
		});
	}

}
