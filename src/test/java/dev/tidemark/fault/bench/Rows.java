package dev.tidemark.fault.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;

import dev.tidemark.fault.TcpProxy;
import dev.tidemark.fault.TcpProxy.Direction;
import dev.tidemark.fault.TcpProxy.Tap;
import dev.tidemark.fault.bench.Row.Harm;
import dev.tidemark.fault.bench.Row.Topology;
import dev.tidemark.fault.bench.Switch.Answer;
import dev.tidemark.history.Step;
import dev.tidemark.history.Step.Action;
import dev.tidemark.history.Step.Place;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.PostgresServer;
import dev.tidemark.test.ReplicatedPostgres;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import org.awaitility.Awaitility;

/**
 * The faults.
 */
final class Rows {

	private static final String LOSER = "who lost a write";

	private static final Step LOST_WRITE = new Step(Action.WRITE, Place.SAME_THREAD, 0, "lost", List.of());

	private static final Switch FENCE = Switch.answer("routing.RoutingRules", "isReplayed", Answer.TRUE);

	private static final Switch LIMIT = Switch.answer("wal.ReplicaStatus", "stalenessBound", Answer.NO_TIME);

	private static final Switch REPETITION = Switch.nothing("routing.ReadFailure", "of");

	private static final Switch SILENCE = Switch.nothing("routing.ReplicaLoans", "check");

	private static final Switch ROLES = Switch.answer("wal.ClusterTracker", "stateOf", Answer.REPLICATING);

	private static final Switch EPOCH = Switch.answer("marker.StoreTrust", "covers", Answer.TRUE);

	private static final Switch BREAKER = Switch.nothing("marker.StoreWatch", "distrust");

	/**
	 * So far that the new primary does not get there during the trial.
	 */
	private static final String FAR_AHEAD = "SELECT pg_logical_emit_message(false, '', repeat('x', 100000000))";

	private static final String TERMINATE_POOLED = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '"
			+ Bench.USER + "' AND application_name <> 'tidemark-monitor'";

	private static final String MONITORS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tidemark-monitor'";

	private static final String SESSIONS = "SELECT string_agg(application_name || ' ' || n, ', ') FROM (SELECT application_name, count(*) AS n "
			+ "FROM pg_stat_activity WHERE usename = '" + Bench.USER + "' GROUP BY application_name) AS sessions";

	private static final String RESTART_POINT = "SELECT redo_lsn FROM pg_control_checkpoint()";

	private static final String PRIMARY = "the primary";

	private static final String REDIS = "Redis";

	private static final String WAY_TO_REDIS = "the way to Redis";

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
		rows.add(hanging("5", "replica SIGSTOP", 5, 60, Rows::freeze));
		rows.add(hanging("6a", "replica behind a blackhole, its answers lost", 5, 60, silence(Direction.TO_CLIENT)));
		rows.add(
				hanging("6b", "replica behind a blackhole, questions to it lost", 5, 60, silence(Direction.TO_SERVER)));
		rows.add(hanging("6c", "replica behind a blackhole, both ways", 5, 60, Rows::silence));
		rows.add(failing("7", "connections reset in mid-result", 2, 30, Rows::reset));
		rows.add(slow("8a", "replica answers 500 ms later", 4, 60, Rows::slowDown, "slow replicas are passed over",
				Switch.nothing("wal.SlowReplicas$Pace", "slow"), Switch.nothing("routing.PoolRoom", "isFull")));
		rows.add(slow("8b", "replica out of connections", 4, 60, Rows::takeAllConnections, "full pools are passed over",
				Switch.nothing("routing.PoolRoom", "isFull")));
		rows.add(row("9", "replica restarts older than it was", 3, 30, Rows::restartOlder,
				"the limit of staleness, and the proof after a restart", LIMIT,
				Switch.answer("wal.ReplicaStatus", "isNoOlderThanItWas", Answer.TRUE)));
		rows.add(failing("10", "storm of recovery conflicts", 2, 60, Rows::conflicts));
		rows.add(new Row("11", "primary kill −9", Topology.SHARED, Duration.ofSeconds(5), Duration.ofSeconds(30),
				Rows::killPrimary, true, "nobody waits for a primary that is away",
				List.of(Switch.nothing("wal.PrimaryStatus", "problem")), Harm.HANGING_READS));
		rows.add(new Row("13a", "URLs of primary and replica swapped", Topology.SHARED, Duration.ofSeconds(3),
				Duration.ofSeconds(30), Rows::swap, true, "the primary is who is one",
				List.of(Switch.nothing("wal.Promotions", "mayFollow")), Harm.HANGING_READS));
		rows.add(row("13b", "replica of another cluster at an address", 2, 30, Rows::foreign,
				"roles and clusters asked for", ROLES));
		rows.add(row("14a", "Redis kill −9, restarted empty", 2, 30, Rows::killRedis, "epoch and floor", EPOCH,
				BREAKER));
		rows.add(row("14b", "Redis kill −9, restarted empty after a while", 5, 30, Rows::stopRedis,
				"writes held without a marker", Switch.nothing("routing.WriteRecorder", "committed")));
		rows.add(slow("15a", "Redis behind a blackhole", 3, 60, Rows::silenceRedis,
				"the store is asked in the background", BREAKER));
		rows.add(slow("15b", "Redis answers in 2 s", 3, 60, Rows::delayRedis, "the store is asked in the background",
				BREAKER));
		rows.add(row("15c", "Redis stutters for one instance", 3, 60, Rows::stutterRedis,
				"reads of the primary held without a marker", Switch.nothing("routing.WriteRecorder", "keepTrying")));
		rows.add(row("16a", "FLUSHALL again and again", 2, 30, Rows::flush, "epoch and floor", EPOCH, BREAKER));
		rows.add(row("16b", "Redis out of memory, evicting", 2, 30, Rows::evict, "epoch and floor", EPOCH, BREAKER));
		rows.add(row("16c", "Redis out of memory, refusing", 2, 30, Rows::full, "writes held without a marker",
				Switch.nothing("routing.WriteRecorder", "committed")));
		rows.add(row("16d", "wrong types in our keys", 2, 30, Rows::wrongTypes,
				"an unreadable marker counts as unknown", Switch.nothing("routing.WriteRecorder", "committed")));
		rows.add(pairs(List.copyOf(rows)));
		rows.add(remote("18", "application killed between commit and marker", 2, 30, Rows::killInstance,
				"acknowledged behind the marker", Switch.nothing("routing.WriteRecorder", "committed")));
		rows.add(remote("19", "application instance stopped, a replica paused meanwhile", 4, 30, Rows::stopInstance,
				"the limit of staleness", LIMIT));
		rows.add(new Row("12", "promotion with a lost write, the old primary comes back", Topology.OWN,
				Duration.ofSeconds(3), Duration.ofSeconds(30), Rows::promote, true,
				"a floor for each timeline, and markers of what was read on the primary",
				List.of(Switch.nothing("wal.PrimaryStatus", "timelineFloor"),
						Switch.nothing("routing.WriteRecorder", "seen")),
				Harm.NO_RECOVERY));
		rows.add(new Row("17", "Sentinel failover that loses markers", Topology.SENTINEL, Duration.ofSeconds(5),
				Duration.ofSeconds(30), Rows::failover, false, "epoch and floor", List.of(EPOCH, BREAKER),
				Harm.VIOLATIONS));
		return rows;
	}

	private static Row remote(String number, String name, int brief, int lasting, BiFunction<Bench, Draw, Fault> fault,
			String mechanism, Switch... switches) {
		return new Row(number, name, Topology.REMOTE, Duration.ofSeconds(brief), Duration.ofSeconds(lasting), fault,
				false, mechanism, List.of(switches), Harm.VIOLATIONS);
	}

	private static Row pairs(List<Row> rows) {
		return new Row("20", "pairs at random, and 10,000 bad tokens a second", Topology.SHARED, Duration.ofSeconds(4),
				Duration.ofMinutes(30), (bench, draw) -> new RandomPairs(bench, draw.random(), rows), true, "the fence",
				List.of(FENCE), Harm.VIOLATIONS);
	}

	private static Row row(String number, String name, int brief, int lasting, BiFunction<Bench, Draw, Fault> fault,
			String mechanism, Switch... switches) {
		return new Row(number, name, Topology.SHARED, Duration.ofSeconds(brief), Duration.ofSeconds(lasting), fault,
				false, mechanism, List.of(switches), Harm.VIOLATIONS);
	}

	private static Row failing(String number, String name, int brief, int lasting,
			BiFunction<Bench, Draw, Fault> fault) {
		return new Row(number, name, Topology.SHARED, Duration.ofSeconds(brief), Duration.ofSeconds(lasting), fault,
				false, "reads are repeated elsewhere", List.of(REPETITION), Harm.FAILED_READS);
	}

	private static Row hanging(String number, String name, int brief, int lasting,
			BiFunction<Bench, Draw, Fault> fault) {
		return new Row(number, name, Topology.SHARED, Duration.ofSeconds(brief), Duration.ofSeconds(lasting), fault,
				false, "reads are ended where nobody answers", List.of(SILENCE), Harm.HANGING_READS);
	}

	private static Row slow(String number, String name, int brief, int lasting, BiFunction<Bench, Draw, Fault> fault,
			String mechanism, Switch... switches) {
		return new Row(number, name, Topology.SHARED, Duration.ofSeconds(brief), Duration.ofSeconds(lasting), fault,
				false, mechanism, List.of(switches), Harm.SLOW_READS);
	}

	// Replicas

	private static BiFunction<Bench, Draw, Fault> delay(long millis) {
		return (bench, draw) -> Fault.of(
				() -> draw.replicas().forEach((replica) -> replica.delayReplay(Duration.ofMillis(millis))),
				() -> draw.replicas().forEach(bench::delayAsEver));
	}

	private static Fault pauseOne(Bench bench, Draw draw) {
		PostgresReplica replica = draw.replica();
		return Fault.of(replica::pauseReplay, replica::resumeReplay);
	}

	private static Fault pauseAll(Bench bench, Draw draw) {
		return Fault.of(() -> draw.replicas().forEach(PostgresReplica::pauseReplay),
				() -> draw.replicas().forEach(PostgresReplica::resumeReplay));
	}

	/**
	 * It stops for a moment before, so that there are reads that it has not answered.
	 */
	private static Fault kill(Bench bench, Draw draw) {
		PostgresReplica replica = draw.replica();
		return Fault.of(() -> {
			replica.freeze();
			Awaitility.await().pollDelay(Duration.ofMillis(200)).until(() -> true);
			replica.kill();
		}, replica::start);
	}

	private static Fault freeze(Bench bench, Draw draw) {
		PostgresReplica replica = draw.replica();
		return Fault.of(replica::freeze, replica::thaw);
	}

	private static BiFunction<Bench, Draw, Fault> silence(Direction direction) {
		return (bench, draw) -> {
			TcpProxy proxy = bench.proxy(draw.replica().name());
			return Fault.of(() -> proxy.silence(direction), proxy::heal);
		};
	}

	private static Fault silence(Bench bench, Draw draw) {
		TcpProxy proxy = bench.proxy(draw.replica().name());
		return Fault.of(proxy::silence, proxy::heal);
	}

	private static Fault slowDown(Bench bench, Draw draw) {
		TcpProxy proxy = bench.proxy(draw.replica().name());
		return Fault.of(() -> proxy.delay(Direction.TO_CLIENT, Duration.ofMillis(500)), proxy::heal);
	}

	/**
	 * The monitors keep theirs: to them the replica is as well as ever.
	 */
	private static Fault takeAllConnections(Bench bench, Draw draw) {
		PostgresReplica replica = draw.replica();
		TcpProxy proxy = bench.proxy(replica.name());
		List<Connection> taken = new ArrayList<>();
		return Fault.of(() -> {
			int monitors = monitors(replica);
			do {
				letGo(taken);
				proxy.heal();
				Awaitility.await().until(() -> monitors(replica) >= monitors);
				proxy.refuse();
				Awaitility.await().until(() -> Bench.ask(replica, TERMINATE_POOLED).equals("0"));
				takeAll(bench, replica, taken);
			}
			while (monitors(replica) < monitors);
			proxy.heal();
			tellSessions(replica, taken);
		}, () -> {
			tellSessions(replica, taken);
			letGo(taken);
		});
	}

	private static int monitors(PostgresReplica replica) throws SQLException {
		return Integer.parseInt(Bench.ask(replica, MONITORS));
	}

	private static void letGo(List<Connection> taken) throws SQLException {
		for (Connection connection : taken) {
			connection.close();
		}
		taken.clear();
	}

	/**
	 * The monitors' should be there, and no others of the application than those taken.
	 */
	private static void tellSessions(PostgresReplica replica, List<Connection> taken) {
		try {
			System.out.println(
					taken.size() + " connections taken of " + replica.name() + ": " + Bench.ask(replica, SESSIONS));
		}
		catch (SQLException ex) {
			System.out.println(replica.name() + " does not answer: " + ex);
		}
	}

	private static void takeAll(Bench bench, PostgresServer server, List<Connection> taken) {
		try {
			while (true) {
				taken.add(bench.open(server));
			}
		}
		catch (SQLException ex) {
			// There is none left.
		}
	}

	/**
	 * One answer in ten ends after half of it where a client reads, else one in fifty.
	 */
	private static Fault reset(Bench bench, Draw draw) {
		TcpProxy proxy = bench.proxy(draw.replica().name());
		return Fault.of(() -> proxy.tap(new Tap() {

			@Override
			public boolean mayPass(int connection, Direction direction, byte[] bytes) {
				return true;
			}

			@Override
			public int passing(int connection, Direction direction, byte[] bytes) {
				int rarity = Tap.contains(bytes, bench.load().prefix()) ? 10 : 50;
				boolean breaks = direction == Direction.TO_CLIENT && ThreadLocalRandom.current().nextInt(rarity) == 0;
				return breaks ? bytes.length / 2 : bytes.length;
			}

		}), proxy::heal);
	}

	/**
	 * It comes back as of its last restart point, half a second before the end.
	 */
	private static Fault restartOlder(Bench bench, Draw draw) {
		draw.need(PRIMARY);
		PostgresReplica replica = draw.replica();
		return Fault.of(() -> {
			Bench.sql(bench.primary(), "CHECKPOINT");
			String start = Bench.ask(bench.primary(), RESTART_POINT);
			Awaitility.await().until(() -> {
				Bench.sql(replica, "CHECKPOINT");
				return Bench.ask(replica, "SELECT (" + RESTART_POINT + ") >= '" + start + "'").equals("t");
			});
			Awaitility.await().pollDelay(Duration.ofMillis(500)).until(() -> true);
			replica.delayReplay(Duration.ofSeconds(30));
			replica.kill();
			replica.start();
		}, () -> bench.delayAsEver(replica));
	}

	/**
	 * A lock that the primary takes is taken on the replicas too, from whoever has it.
	 */
	private static Fault conflicts(Bench bench, Draw draw) {
		draw.need(PRIMARY);
		Fault storm = Fault.repeated(20,
				() -> Bench.sql(bench.primary(),
						"BEGIN; LOCK TABLE cell IN ACCESS EXCLUSIVE MODE; SELECT pg_current_xact_id(); COMMIT"),
				() -> patience(draw, "30s"));
		return Fault.of(() -> {
			patience(draw, "0");
			storm.begin();
		}, storm::end);
	}

	/**
	 * A statement of an administrator can meet a conflict too.
	 */
	private static void patience(Draw draw, String limit) {
		for (PostgresReplica replica : draw.replicas()) {
			Awaitility.await().ignoreExceptions().until(() -> {
				Bench.sql(replica, "ALTER SYSTEM SET max_standby_streaming_delay = '" + limit + "'",
						"SELECT pg_reload_conf()");
				return true;
			});
		}
	}

	/**
	 * The other cluster has the same table, and what its rows say is no older.
	 */
	private static Fault foreign(Bench bench, Draw draw) {
		draw.need(PRIMARY);
		PostgresReplica replica = draw.replica();
		ReplicatedPostgres[] other = new ReplicatedPostgres[1];
		return Fault.of(() -> {
			other[0] = ReplicatedPostgres.builder().replicas("foreign").start();
			bench.createTables(other[0].primary());
			PostgresServer foreign = other[0].replica("foreign");
			runAhead(other[0], bench.primary());
			bench.proxy(replica.name()).redirect(foreign.host(), foreign.port());
		}, () -> {
			bench.proxy(replica.name()).redirect(replica.host(), replica.port());
			other[0].close();
		});
	}

	private static void runAhead(ReplicatedPostgres cluster, PostgresServer other) throws SQLException {
		String ahead = "DO $$ BEGIN WHILE pg_current_wal_lsn() < '" + Bench.ask(other, "SELECT pg_current_wal_lsn()")
				+ "'::pg_lsn + 100000000 LOOP "
				+ "PERFORM pg_logical_emit_message(true, '', ''); PERFORM pg_switch_wal(); END LOOP; END $$";
		Bench.sql(cluster.primary(), ahead);
		cluster.awaitReplicated();
	}

	// The primary

	/**
	 * A write is acknowledged that no replica has, at a position that the new primary
	 * does not reach for long; then another server becomes the primary. The old one comes
	 * back as it was.
	 * <p>
	 * Two mechanisms free the user of the lost write, and either is enough: the floor,
	 * and the marker that the first read of the new primary puts in place of the lost
	 * one. Only the floor frees those who share a key with that user, or whose instance
	 * goes by a floor of the old timeline.
	 */
	private static Fault promote(Bench bench, Draw draw) {
		PostgresServer old = bench.primary();
		PostgresReplica next = draw.replica();
		return Fault.of(() -> {
			bench.load().whileStill(() -> {
				bench.replicas().forEach((replica) -> replica.delayReplay(Duration.ZERO));
				bench.servers().postgres().awaitReplicated();
				bench.replicas().forEach(PostgresReplica::disconnectFromPrimary);
				Bench.sql(old, FAR_AHEAD);
				bench.instances().get(0).performAs(LOSER, LOST_WRITE);
				old.kill();
			});
			next.promote();
			bench.primary(next);
			for (PostgresReplica replica : bench.replicas()) {
				if (replica != next) {
					replica.follow(next);
					bench.delayAsEver(replica);
				}
			}
			bench.probe().include(LOSER);
		}, old::start);
	}

	private static Fault killPrimary(Bench bench, Draw draw) {
		draw.need(PRIMARY);
		return Fault.of(bench.primary()::kill, bench.primary()::start);
	}

	private static Fault swap(Bench bench, Draw draw) {
		draw.need(PRIMARY);
		PostgresReplica replica = draw.replica();
		PostgresServer primary = bench.primary();
		return Fault.of(() -> {
			bench.proxy(primary.name()).redirect(replica.host(), replica.port());
			bench.proxy(replica.name()).redirect(primary.host(), primary.port());
		}, () -> {
			bench.proxy(primary.name()).redirect(primary.host(), primary.port());
			bench.proxy(replica.name()).redirect(replica.host(), replica.port());
		});
	}

	// Instances

	private static Fault killInstance(Bench bench, Draw draw) {
		return Fault.of(bench.remote()::kill, bench.remote()::start);
	}

	/**
	 * What it knows when it goes on is as old as the stop.
	 */
	private static Fault stopInstance(Bench bench, Draw draw) {
		PostgresReplica replica = draw.replica();
		return Fault.of(() -> {
			replica.pauseReplay();
			bench.remote().signal("STOP");
		}, () -> {
			bench.remote().signal("CONT");
			Awaitility.await().pollDelay(Duration.ofMillis(500)).until(() -> true);
			replica.resumeReplay();
		});
	}

	// Redis

	private static Fault killRedis(Bench bench, Draw draw) {
		draw.need(PRIMARY);
		draw.need(REDIS);
		Fault lag = delay(1500).apply(bench, draw);
		return Fault.of(() -> {
			lag.begin();
			bench.onlookers().write();
			bench.servers().redis().kill();
			bench.servers().redis().restart();
			bench.onlookers().begin();
		}, () -> {
			bench.onlookers().end();
			lag.end();
		});
	}

	/**
	 * Markers that only the master has are lost with it while the replicas of PostgreSQL
	 * lag.
	 */
	private static Fault failover(Bench bench, Draw draw) {
		Fault lag = delay(5000).apply(bench, draw);
		return Fault.of(() -> {
			lag.begin();
			bench.sentinels().master().stopReplicating();
			bench.onlookers().write();
			bench.sentinels().master().kill();
			bench.onlookers().begin();
		}, () -> {
			bench.onlookers().end();
			Awaitility.await().until(bench.sentinels().replica()::isMaster);
			lag.end();
		});
	}

	private static Fault stopRedis(Bench bench, Draw draw) {
		draw.need(REDIS);
		return Fault.of(() -> bench.servers().redis().kill(), () -> bench.servers().redis().restart());
	}

	private static Fault silenceRedis(Bench bench, Draw draw) {
		draw.need(WAY_TO_REDIS);
		return Fault.of(() -> bench.redisProxies().forEach(TcpProxy::silence),
				() -> bench.redisProxies().forEach(TcpProxy::heal));
	}

	private static Fault delayRedis(Bench bench, Draw draw) {
		draw.need(WAY_TO_REDIS);
		return Fault.of(
				() -> bench.redisProxies().forEach((proxy) -> proxy.delay(Direction.TO_CLIENT, Duration.ofSeconds(2))),
				() -> bench.redisProxies().forEach(TcpProxy::heal));
	}

	/**
	 * The other instance goes on trusting Redis.
	 */
	private static Fault stutterRedis(Bench bench, Draw draw) {
		draw.need(WAY_TO_REDIS);
		TcpProxy proxy = draw.either(bench.redisProxies());
		boolean[] silent = new boolean[1];
		Fault stutter = Fault.repeated(120, () -> {
			silent[0] = !silent[0];
			if (silent[0]) {
				proxy.silence();
			}
			else {
				proxy.heal();
			}
		}, proxy::heal);
		return delay(800).apply(bench, draw).with(stutter);
	}

	private static Fault flush(Bench bench, Draw draw) {
		draw.need(REDIS);
		return Fault.repeated(100, () -> bench.servers().redis().flush(), () -> {
		});
	}

	/**
	 * Somebody else's keys need the room, so that markers go with them.
	 */
	private static Fault evict(Bench bench, Draw draw) {
		String fill = "for i = 1, 20 do redis.call('SET', 'other' .. ARGV[1] .. i, "
				+ "string.rep('x', 20000), 'EX', 60) end";
		Fault filling = Fault.repeated(250, () -> bench
			.redis((redis) -> redis.eval(fill, ScriptOutputType.STATUS, new String[0], UUID.randomUUID().toString())),
				() -> {
				});
		return memory(bench, draw, "allkeys-random", 1 << 20).with(filling);
	}

	private static Fault full(Bench bench, Draw draw) {
		return memory(bench, draw, "noeviction", 0);
	}

	/**
	 * Leave no more room than some bytes, or none.
	 */
	private static Fault memory(Bench bench, Draw draw, String policy, long room) {
		draw.need(REDIS);
		return Fault.of(() -> bench.redis((redis) -> {
			redis.configSet("maxmemory-policy", policy);
			redis.configSet("maxmemory", Long.toString((room > 0) ? usedMemory(redis) + room : 1));
		}), () -> bench.redis((redis) -> {
			redis.configSet("maxmemory", "0");
			redis.configSet("maxmemory-policy", "noeviction");
		}));
	}

	private static long usedMemory(RedisCommands<String, String> redis) {
		return redis.info("memory")
			.lines()
			.filter((line) -> line.startsWith("used_memory:"))
			.mapToLong((line) -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
			.findFirst()
			.orElseThrow();
	}

	private static Fault wrongTypes(Bench bench, Draw draw) {
		draw.need(REDIS);
		String ruin = "for _, key in ipairs(redis.call('KEYS', '*')) do "
				+ "redis.call('DEL', key) redis.call('RPUSH', key, 'not', 'a', 'marker') end";
		return Fault.repeated(50, () -> bench.redis((redis) -> redis.eval(ruin, ScriptOutputType.STATUS)), () -> {
		});
	}

}
