package dev.tidemark.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.marker.Marker;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.marker.TrustRules;
import dev.tidemark.marker.TrustRules.Trust;
import dev.tidemark.model.Explorer.Step;
import dev.tidemark.model.World.Commit;
import dev.tidemark.model.World.Entry;
import dev.tidemark.model.World.Instance;
import dev.tidemark.model.World.Probe;
import dev.tidemark.model.World.Read;
import dev.tidemark.model.World.Server;
import dev.tidemark.model.World.Write;
import dev.tidemark.routing.DecisionRules;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.PrimaryStatus;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.ServerSample;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * What can happen in a state, and what must never.
 * <p>
 * The production code decides: what is known of the servers ({@code ClusterTracker} with
 * {@code PositionHistory}), whether the marker store is trusted ({@code StoreTrust}), who
 * may serve ({@code RoutingRules}, {@code HomeReplica}), whether a fence can be reached
 * ({@code CheckedFences.isAhead}), whether a commit needs no marker, and how positions
 * compare. The model has the servers, the store's content, the order of the steps, and
 * the waiting: what {@code ReadRouter}, {@code HomeRouter}, {@code WriteRecorder},
 * {@code Markers}, {@code StoreWatch} and {@code ServerPools} do with threads and
 * connections. That a read has servers asked before it gives up is not a step of its own:
 * samples may arrive at any time.
 * <p>
 * A rule that is taken out is taken out at the border: the production code is given what
 * it would be given without the rule.
 */
final class Model {

	static final Duration MAX_STALENESS = Duration.ofNanos(World.TICK + World.TICK / 2);

	private static final Duration TTL = MAX_STALENESS.plusNanos(World.TICK);

	private static final Duration SHORT_TTL = Duration.ofNanos(World.TICK / 2);

	private static final Duration FOREVER = Duration.ofNanos(World.FIRST_MOMENT);

	private static final int PAGE = 8192;

	private static final int PAGE_HEADER = 24;

	private static final String CLUSTER = "cluster";

	private final Scope scope;

	private final Set<Rule> removed;

	private final List<String> names;

	private final Tracker tracker;

	private final DecisionRules rules;

	private final Duration limit;

	Model(Scope scope, Set<Rule> removed) {
		this.scope = scope;
		this.removed = removed;
		this.names = List.of("a", "b").subList(0, scope.replicas);
		this.tracker = new Tracker(this.names);
		this.limit = holds(Rule.STALENESS_LIMIT) ? MAX_STALENESS : FOREVER;
		this.rules = new DecisionRules(scope.level, this.limit);
	}

	private boolean holds(Rule rule) {
		return !this.removed.contains(rule);
	}

	/**
	 * Return the first state: everything is up, nothing is written, and everybody knows
	 * it.
	 */
	World start() {
		Server[] servers = new Server[1 + this.scope.replicas];
		for (int i = 0; i < servers.length; i++) {
			servers[i] = new Server(true, i == 0, 1, 1, 1);
		}
		Instance[] instances = new Instance[this.scope.instances];
		World world = new World(this.scope.users, servers, instances);
		for (int i = 0; i < instances.length; i++) {
			startInstance(world, i);
			for (int j = 0; j < 2 && i < instances.length - this.scope.starting; j++) {
				probe(world, i);
			}
		}
		world.cutOff[0] = this.scope.beginsCutOff;
		world.faults = this.scope.beginsCutOff ? 1 : 0;
		return world;
	}

	private void startInstance(World world, int instance) {
		List<@Nullable ServerSample> flights = Collections.nCopies(world.servers.length, null);
		List<Integer> pools = Arrays.stream(world.servers).map(Server::run).toList();
		Frozen nothing = this.tracker.nothing();
		world.instances[instance] = new Instance(nothing, this.tracker.status(nothing), null, null, 0, flights, pools);
		for (int server = 0; server < world.servers.length; server++) {
			sample(world, instance, server);
		}
		sample(world, instance, 0);
	}

	/**
	 * Return everything that can happen in a state.
	 * @param world the state
	 * @return the steps
	 */
	List<Step> steps(World world) {
		List<Step> steps = new ArrayList<>();
		addWrites(world, steps);
		addReads(world, steps);
		addServers(world, steps);
		addStore(world, steps);
		if (world.faults == 0) {
			this.scope.faults.forEach((fault) -> addFault(fault, world, steps));
		}
		if (world.ticks() < this.scope.ticks) {
			World next = world.copy();
			next.tick();
			steps.add(new Step("time passes", next));
		}
		if (this.scope.checksServed) {
			checkServed(world, steps);
		}
		return steps;
	}

	// --- writes -------------------------------------------------------------------

	private void addWrites(World world, List<Step> steps) {
		boolean room = world.commits.size() < this.scope.commits && world.writes.size() < this.scope.writesAtOnce;
		if (room && isPrimaryUp(world)) {
			for (int user = 0; user < this.scope.users; user++) {
				for (int instance = 0; instance < this.scope.instances; instance++) {
					steps.add(commit(world, user, instance));
				}
			}
		}
		for (Write write : world.writes) {
			String name = "w" + write.commit();
			boolean early = !holds(Rule.MARK_BEFORE_ACKNOWLEDGEMENT);
			Commit commit = world.commits.get(write.commit());
			if (write.stage() == Write.Stage.COMMITTED) {
				World next = world.copy();
				boolean kept = mark(next, write.instance(), commit.user(), write.position());
				replace(next, write, kept ? Write.Stage.MARKED : Write.Stage.HELD);
				steps.add(new Step(instance(write.instance()) + (kept ? " keeps" : " can't keep") + " the marker of "
						+ name + ": " + write.position(), next));
			}
			boolean acknowledged = commit.acknowledged();
			if (!acknowledged && (early || write.stage() == Write.Stage.MARKED || isReleased(world, write))) {
				World next = world.copy();
				next.commits.set(write.commit(), commit.withAcknowledgement());
				if (write.stage() != Write.Stage.COMMITTED) {
					next.writes.remove(write);
				}
				steps.add(new Step(instance(write.instance()) + " acknowledges " + name, next));
			}
			else if (acknowledged && write.stage() != Write.Stage.COMMITTED) {
				World next = world.copy();
				next.writes.remove(write);
				steps.add(new Step(name + " is over", next));
			}
		}
	}

	private Step commit(World world, int user, int instance) {
		World next = world.copy();
		WalPosition before = insertPosition(next);
		next.end++;
		Server primary = next.servers[0];
		next.servers[0] = primary.withReplayed(next.end);
		long now = next.moment();
		int number = next.commits.size();
		next.commits.add(new Commit(user, next.timeline, next.end, now, false, false));
		WalPosition position = holds(Rule.POSITION_AFTER_COMMIT) ? insertPosition(next) : before;
		next.writes.add(new Write(number, instance, position, Write.Stage.COMMITTED, now + MAX_STALENESS.toNanos()));
		return new Step(instance(instance) + " commits w" + number + " at " + position, next);
	}

	private static void replace(World world, Write write, Write.Stage stage) {
		world.writes.set(world.writes.indexOf(write), write.at(stage));
	}

	private boolean isReleased(World world, Write write) {
		if (write.stage() != Write.Stage.HELD) {
			return false;
		}
		ClusterStatus status = status(world, write.instance());
		boolean replayed = DecisionRules.needsNoMarker(write.position(), status);
		if (!holds(Rule.HOLD_FOR_ALL_REPLICAS)) {
			replayed = status.replicas().stream().anyMatch((replica) -> replica.hasReplayed(write.position()));
		}
		if (!holds(Rule.HOLD_FOR_REPLICAS_OUT_OF_SIGHT)) {
			replayed = status.replicas()
				.stream()
				.filter((replica) -> replica.stalenessBound(world.clock).compareTo(MAX_STALENESS) <= 0)
				.allMatch((replica) -> replica.hasReplayed(write.position()));
		}
		return replayed || world.clock - write.deadline() >= 0 || !holds(Rule.HOLD_WITHOUT_MARKER);
	}

	/**
	 * The rule of {@code Markers.write} and of the stores' scripts: a store that answers
	 * is written also before it is trusted.
	 */
	private boolean mark(World world, int instance, int user, WalPosition position) {
		Instance here = world.instances[instance];
		if (here.trust() == null && here.probe() == null) {
			return false;
		}
		if (world.cutOff[instance]) {
			world.instances[instance] = here.withTrust(null, null);
			return false;
		}
		Entry before = world.markers[user];
		boolean alive = before != null && before.expiresAt() - world.clock > 0;
		WalPosition later = (before != null && alive && holds(Rule.MAX_MERGE)) ? before.position().max(position)
				: position;
		world.markersBefore[user] = before;
		Duration ttl = holds(Rule.TTL_ABOVE_MAX_STALENESS) ? TTL : SHORT_TTL;
		world.markers[user] = new Entry(later, world.moment() + ttl.toNanos());
		return true;
	}

	// --- reads --------------------------------------------------------------------

	private void addReads(World world, List<Step> steps) {
		Read read = world.read;
		if (read == null) {
			for (int user = 0; user < this.scope.users; user++) {
				for (int instance = 0; instance < this.scope.instances; instance++) {
					steps.add(begin(world, user, instance));
				}
			}
		}
		else if (read.shown() >= 0) {
			steps.add(end(world, read));
		}
		else if (read.latest() != null) {
			decideAwayFromHome(world, read, read.latest(), steps);
		}
		else {
			decide(world, read, steps);
		}
	}

	private Step begin(World world, int user, int instance) {
		World next = world.copy();
		int written = 0;
		for (int i = 0; i < next.commits.size(); i++) {
			Commit commit = next.commits.get(i);
			written |= (commit.user() == user && commit.acknowledged()) ? 1 << i : 0;
		}
		Trust trust = next.instances[instance].trust();
		Marker answer = (trust != null && !next.cutOff[instance]) ? answer(next, user) : null;
		int seen = (this.scope.level == ConsistencyLevel.SESSION) ? next.seen[user] : 0;
		next.read = new Read(user, instance, this.scope.level, next.moment(), written, seen, trust, answer, null, null,
				-1, false);
		return new Step("user" + user + " reads at " + instance(instance) + ", whose question to the store finds "
				+ ((answer != null) ? answer.position() : "no answer"), next);
	}

	private static Marker answer(World world, int user) {
		Entry entry = world.markers[user];
		boolean alive = entry != null && entry.expiresAt() - world.clock > 0;
		return new Marker((entry != null && alive) ? entry.position() : null,
				(world.epoch > 0) ? "e" + world.epoch : null);
	}

	/**
	 * The rule of {@code Markers.read}.
	 */
	private MarkerReading reading(World world, Read read) {
		MarkerReading known = read.fence();
		if (known != null) {
			return known;
		}
		Instance here = world.instances[read.instance()];
		Trust trust = read.trust();
		MarkerReading reading = null;
		if (trust != null && read.answer() != null) {
			Marker answer = holds(Rule.EPOCH_IS_COMPARED) ? read.answer()
					: new Marker(read.answer().position(), trust.epochs().iterator().next());
			reading = TrustRules.read(trust, answer,
					holds(Rule.INTERRUPTIONS_COUNT) ? here.interruptions() : trust.interruptions());
		}
		if (reading == null) {
			if (trust != null && trust.equals(here.trust())) {
				world.instances[read.instance()] = here.withTrust(null, null);
			}
			return holds(Rule.DOUBT_IS_PRIMARY) ? MarkerReading.UNKNOWN : MarkerReading.NONE;
		}
		MarkerReading checked = reading;
		if (!isReached(world, read.instance(), reading.written())) {
			WalPosition now = holds(Rule.FENCE_ABOVE_PRIMARY_IS_ITS_POSITION)
					? world.instances[read.instance()].status().primary().position() : null;
			checked = new MarkerReading(true, now, reading.floor());
		}
		return holds(Rule.FLOOR_AFTER_STORE_LOSS) ? checked : new MarkerReading(true, checked.written(), null);
	}

	/**
	 * The rule of {@code CheckedFences}.
	 */
	private boolean isReached(World world, int instance, @Nullable WalPosition position) {
		WalPosition known = world.instances[instance].status().primary().position();
		if (position == null || !holds(Rule.FENCE_ABOVE_PRIMARY_IS_FOUND)
				|| (known != null && !DecisionRules.isAhead(position, known))) {
			return true;
		}
		WalPosition now = askPrimary(world, instance);
		return now == null || !DecisionRules.isAhead(position, now);
	}

	private @Nullable WalPosition askPrimary(World world, int instance) {
		sample(world, instance, 0);
		return isPrimaryUp(world) ? insertPosition(world) : null;
	}

	private MarkerReading onThisTimeline(MarkerReading fence, ClusterStatus status) {
		WalPosition first = status.primary().timelineFloor();
		if (holds(Rule.FLOOR_AFTER_PROMOTION) || first == null) {
			return fence;
		}
		return new MarkerReading(fence.known(), notBefore(first, fence.written()), notBefore(first, fence.floor()));
	}

	private static @Nullable WalPosition notBefore(WalPosition first, @Nullable WalPosition position) {
		return (position != null && position.timeline() >= first.timeline()) ? position : null;
	}

	private void decide(World world, Read read, List<Step> steps) {
		World decided = world.copy();
		MarkerReading fence = reading(decided, read);
		Read ready = read.withFence(fence, null);
		decided.read = ready;
		List<String> anywhere = this.rules.anywhere(effective(decided, ready), status(decided, read.instance()),
				decided.clock);
		if (read.level() != ConsistencyLevel.SESSION || !holds(Rule.HOME_REPLICA)) {
			anywhere.forEach((name) -> steps.add(tryReplica(decided, ready, name)));
			if (anywhere.isEmpty()) {
				steps.add(readPrimary(decided, ready));
			}
			return;
		}
		List<String> home = home(decided, ready);
		if (!home.isEmpty()) {
			steps.add(tryReplica(decided, ready, home.get(0)));
			return;
		}
		boolean elsewhere = fence.known() && !anywhere.isEmpty();
		WalPosition latest = elsewhere ? askPrimary(decided, read.instance()) : null;
		if (latest == null) {
			steps.add(readPrimary(decided, ready));
			return;
		}
		decided.read = read.withFence(fence, latest);
		steps
			.add(new Step(instance(read.instance()) + " can't read at home, and asks the primary: " + latest, decided));
	}

	private void decideAwayFromHome(World world, Read read, WalPosition latest, List<Step> steps) {
		List<String> home = home(world, read);
		if (!home.isEmpty()) {
			steps.add(tryReplica(world, read, home.get(0)));
			return;
		}
		WalPosition proof = holds(Rule.PROOF_AWAY_FROM_HOME) ? latest : new WalPosition(latest.timeline(), 0);
		List<String> away = this.rules.awayFromHome(effective(world, read), proof, status(world, read.instance()),
				user(read.user()), world.clock);
		steps.add(away.isEmpty() ? readPrimary(world, read) : tryReplica(world, read, away.get(0)));
	}

	private List<String> home(World world, Read read) {
		return this.rules.atHome(effective(world, read), status(world, read.instance()), user(read.user()),
				holds(Rule.HOME_NO_OLDER_THAN_IT_WAS), world.clock);
	}

	private MarkerReading effective(World world, Read read) {
		MarkerReading fence = Objects.requireNonNull(read.fence());
		return onThisTimeline(fence, status(world, read.instance()));
	}

	/**
	 * The rule of {@code ServerPools.replica} and of {@code RoutingEngine.begin}.
	 */
	private Step tryReplica(World world, Read read, String name) {
		World next = world.copy();
		int address = 1 + this.names.indexOf(name);
		Server server = next.servers[address];
		Instance here = next.instances[read.instance()];
		MarkerReading fence = Objects.requireNonNull(read.fence());
		boolean pooled = here.pools().get(address) == server.run()
				&& this.tracker.isCurrentRun(here.tracker(), name, answer(next, address, here, World.FIRST_MOMENT));
		boolean up = answers(next, read.instance(), address);
		if (up && (pooled || !holds(Rule.CONNECTION_IS_ASKED))) {
			return show(next, read, address, "reads " + name);
		}
		next.read = read.withFence(fence, null);
		sample(next, read.instance(), address);
		if (up) {
			next.instances[read.instance()] = next.instances[read.instance()].withPool(address, server.run());
		}
		return new Step(instance(read.instance()) + (up ? " connects to " : " can't connect to ") + name, next);
	}

	private Step readPrimary(World world, Read read) {
		World next = world.copy();
		if (!isPrimaryUp(next)) {
			next.read = null;
			return new Step(instance(read.instance()) + " can't serve user" + read.user(), next);
		}
		return show(next, read, 0, "reads the primary");
	}

	private Step show(World next, Read read, int address, String what) {
		int shown = next.visibleOn(next.servers[address]);
		Read after = read.withShown(shown, address == 0);
		boolean atHome = address > 0 && DecisionRules.home(status(next, read.instance()), user(read.user()))
			.equals(this.names.get(address - 1));
		next.violation = check(next, read, shown, address > 0);
		next.read = after;
		if (atHome || read.level() != ConsistencyLevel.SESSION || !holds(Rule.REMEMBER_WHAT_WAS_SEEN)) {
			next.seen[read.user()] |= shown;
			next.read = null;
		}
		return new Step("user" + read.user() + " " + what + " and sees " + commits(shown), next);
	}

	private static @Nullable String check(World world, Read read, int shown, boolean onReplica) {
		int missing = ~shown & ~world.lost();
		if ((read.written() & missing) != 0) {
			return "RYW: user" + read.user() + " does not see their own " + commits(read.written() & missing);
		}
		if ((read.seen() & missing) != 0) {
			return "MR: user" + read.user() + " does not see " + commits(read.seen() & missing) + " any more";
		}
		for (int i = 0; i < world.commits.size(); i++) {
			boolean due = read.begun() - world.commits.get(i).moment() > MAX_STALENESS.toNanos();
			if (onReplica && due && (missing & 1 << i) != 0) {
				return "BOUND: user" + read.user() + " does not see w" + i + ", which is older than max-staleness";
			}
		}
		return null;
	}

	/**
	 * The rule of {@code WriteRecorder.seenPrimary} and {@code seenSomething}.
	 */
	private Step end(World world, Read read) {
		World next = world.copy();
		WalPosition now = askPrimary(next, read.instance());
		if (now == null) {
			for (int address = 1; address <= this.scope.replicas; address++) {
				sample(next, read.instance(), address);
			}
		}
		ClusterStatus status = status(next, read.instance());
		WalPosition position = (now != null || read.onPrimary()) ? now : latestKnown(status);
		next.read = null;
		if (position == null && read.onPrimary()) {
			return new Step("the primary is lost before user" + read.user() + " is answered", dropped(world));
		}
		boolean everywhere = position == null || DecisionRules.needsNoMarker(position, status);
		boolean kept = position != null && !everywhere && mark(next, read.instance(), read.user(), position);
		if (everywhere || kept) {
			// Else the store fails here, and nothing is promised to other instances.
			next.seen[read.user()] |= read.shown();
		}
		return new Step(instance(read.instance()) + " has answered user" + read.user() + " and remembers "
				+ (kept ? position : "nothing"), next);
	}

	private static @Nullable WalPosition latestKnown(ClusterStatus status) {
		WalPosition latest = status.primary().position();
		for (ReplicaStatus replica : status.replicas()) {
			WalPosition replayed = replica.position();
			if (replayed != null && latest != null && replayed.timeline() == latest.timeline()) {
				latest = latest.max(replayed);
			}
		}
		return latest;
	}

	private static World dropped(World world) {
		World next = world.copy();
		next.read = null;
		return next;
	}

	// --- servers ------------------------------------------------------------------

	private void addServers(World world, List<Step> steps) {
		for (int address = 1; address < world.servers.length; address++) {
			Server server = world.servers[address];
			if (canReplay(world, server)) {
				World next = world.copy();
				next.servers[address] = replayed(world, server);
				steps.add(new Step(name(address) + " replays up to " + next.servers[address].replayed()
						+ " on timeline " + next.servers[address].timeline(), next));
			}
		}
		for (int instance = 0; instance < this.scope.instances; instance++) {
			for (int address = 0; address < world.servers.length; address++) {
				addSample(world, instance, address, steps);
			}
		}
	}

	/**
	 * What a replica has received it replays, also when the primary is gone.
	 */
	private static boolean canReplay(World world, Server server) {
		boolean behind = server.timeline() < world.timeline || server.replayed() < world.end;
		return server.up() && !server.primary() && behind;
	}

	/**
	 * A replica that has more of the old timeline than the new primary has to be made
	 * anew.
	 */
	private static Server replayed(World world, Server server) {
		if (server.timeline() == world.timeline) {
			return server.withReplayed(server.replayed() + 1);
		}
		boolean diverged = server.replayed() > world.branch;
		return new Server(true, false, world.timeline, diverged ? world.branch : server.replayed(),
				diverged ? server.run() + 1 : server.run());
	}

	private void addSample(World world, int instance, int address, List<Step> steps) {
		ServerSample flying = world.instances[instance].flights().get(address);
		if (flying != null) {
			World next = world.copy();
			Instance here = next.instances[instance];
			next.instances[instance] = here.withFlight(address, null);
			boolean late = !holds(Rule.MOMENT_OF_THE_QUESTION);
			long answeredAt = next.moment();
			arrive(next, instance, address,
					new ServerSample(late ? answeredAt : flying.requestedAt(), next.moment(), flying.inRecovery(),
							flying.systemIdentifier(), flying.postmasterStart(), flying.position(), null, false));
			steps.add(new Step("the answer of " + name(address) + " arrives at " + instance(instance), next));
			return;
		}
		World next = world.copy();
		if (this.scope.lateAnswers && answers(world, instance, address)) {
			Instance here = next.instances[instance];
			ServerSample sample = answer(next, address, here, next.moment());
			next.instances[instance] = here.withFlight(address, sample);
			steps.add(new Step(instance(instance) + " asks " + name(address) + ", which is at " + sample.position(),
					next));
			return;
		}
		sample(next, instance, address);
		steps.add(new Step(instance(instance) + " samples " + name(address), next));
	}

	private boolean answers(World world, int instance, int address) {
		return world.servers[address].up() && (address == 0 || world.unreachable[instance] != address);
	}

	private void sample(World world, int instance, int address) {
		Instance here = world.instances[instance];
		if (!answers(world, instance, address)) {
			Tracker.Known known = this.tracker.failed(here.tracker(), address);
			world.instances[instance] = here.withTracker(known.tracker(), known.status());
			return;
		}
		ServerSample sample = answer(world, address, here, world.moment());
		arrive(world, instance, address, new ServerSample(sample.requestedAt(), world.moment(), sample.inRecovery(),
				sample.systemIdentifier(), sample.postmasterStart(), sample.position(), null, false));
	}

	private void arrive(World world, int instance, int address, ServerSample sample) {
		Instance here = world.instances[instance];
		Tracker.Known known = this.tracker.answered(here.tracker(), address, sample);
		world.instances[instance] = here.withTracker(known.tracker(), known.status());
	}

	private ServerSample answer(World world, int address, Instance here, long moment) {
		Server server = world.servers[address];
		WalPosition position = server.primary() ? insertPosition(world)
				: position(server.timeline(), PAGE * length(world, server.timeline(), server.replayed()));
		if (holds(Rule.FORGET_ON_RESTART) || server.primary()) {
			return new ServerSample(moment, moment, !server.primary(), CLUSTER, server.run(), position, null, false);
		}
		WalPosition before = here.status().replicas().get(address - 1).position();
		WalPosition highest = (before != null) ? before.max(position) : position;
		return new ServerSample(moment, moment, true, CLUSTER, 1, highest, null, false);
	}

	private WalPosition insertPosition(World world) {
		long header = holds(Rule.POSITION_AS_REPLAY_REPORTS_IT) ? PAGE_HEADER : PAGE_HEADER + 1;
		return position(world.timeline, PAGE * length(world, world.timeline, world.end) + header);
	}

	/**
	 * The old timeline's records are longer, so its end can lie behind records of the new
	 * one.
	 */
	private static long length(World world, int timeline, int records) {
		return (timeline == 1 || records <= world.branch) ? 2L * records : world.branch + (long) records;
	}

	private WalPosition position(int timeline, long lsn) {
		return new WalPosition(holds(Rule.TIMELINES_ARE_COMPARED) ? timeline : 1, lsn);
	}

	private ClusterStatus status(World world, int instance) {
		ClusterStatus status = world.instances[instance].status();
		if (!holds(Rule.STALENESS_FROM_POSITIONS)) {
			List<ReplicaStatus> fresh = status.replicas()
				.stream()
				.map((replica) -> new ReplicaStatus(replica.name(), replica.state(), replica.position(),
						replica.sampledAt(), replica.sampledAt(), replica.runSince()))
				.toList();
			return new ClusterStatus(status.primary(), fresh);
		}
		if (!holds(Rule.OLD_TIMELINE_PINS_NOBODY)) {
			PrimaryStatus primary = status.primary();
			return new ClusterStatus(
					new PrimaryStatus(primary.reachable(), primary.systemIdentifier(), primary.position(), null),
					status.replicas());
		}
		return status;
	}

	private static boolean isPrimaryUp(World world) {
		return world.servers[0].up() && world.servers[0].primary();
	}

	// --- the marker store ---------------------------------------------------------

	private void addStore(World world, List<Step> steps) {
		for (int instance = 0; instance < this.scope.instances; instance++) {
			if (world.instances[instance].trust() == null) {
				World next = world.copy();
				if (probe(next, instance)) {
					steps.add(new Step(instance(instance) + " probes the store: "
							+ (next.instances[instance].trust() != null ? "trusted" : "half way"), next));
				}
			}
			if (world.unreachable[instance] > 0) {
				World next = world.copy();
				next.unreachable[instance] = 0;
				steps.add(new Step(instance(instance) + " reaches all replicas again", next));
			}
			if (world.cutOff[instance]) {
				World next = world.copy();
				next.cutOff[instance] = false;
				next.instances[instance] = next.instances[instance].interrupted();
				steps.add(new Step(instance(instance) + " reaches the store again", next));
			}
		}
	}

	/**
	 * The rule of {@code StoreWatch.probe}, in two steps.
	 */
	private boolean probe(World world, int instance) {
		Instance here = world.instances[instance];
		Probe probe = here.probe();
		boolean epochsNow = holds(Rule.EPOCHS_BEFORE_FLOOR) == (probe == null);
		if (epochsNow ? world.cutOff[instance] : !isPrimaryUp(world)) {
			world.instances[instance] = here.withTrust(null, null);
			return probe != null;
		}
		if (epochsNow && world.epoch == 0) {
			world.epochs++;
			world.epoch = world.epochs;
		}
		Set<String> epochs = (probe != null && !epochsNow) ? probe.epochs() : Set.of("e" + world.epoch);
		int interruptions = (probe != null && !epochsNow) ? probe.interruptions() : here.interruptions();
		WalPosition floor = epochsNow ? (probe != null) ? probe.floor() : null : askPrimary(world, instance);
		here = world.instances[instance];
		world.instances[instance] = (probe == null) ? here.withTrust(null, new Probe(epochs, interruptions, floor))
				: here.withTrust(new Trust(epochs, interruptions, Objects.requireNonNull(floor)), null);
		return true;
	}

	// --- faults -------------------------------------------------------------------

	private void addFault(Fault fault, World world, List<Step> steps) {
		switch (fault) {
			case STORE_FLUSHED -> steps.add(fault(world, "the store loses everything", (next) -> {
				Arrays.fill(next.markers, null);
				next.epoch = 0;
			}));
			case STORE_FAILED_OVER ->
				steps.add(fault(world, "the store fails over and loses the last marker", (next) -> {
					System.arraycopy(next.markersBefore, 0, next.markers, 0, next.markers.length);
					for (int i = 0; i < next.instances.length; i++) {
						next.instances[i] = next.instances[i].interrupted();
					}
				}));
			case INSTANCE_CUT_OFF -> eachInstance((i) -> steps
				.add(fault(world, instance(i) + " is cut off from the store", (next) -> next.cutOff[i] = true)));
			case REPLICA_UNREACHABLE -> eachInstance((i) -> {
				for (int address = 1; address < world.servers.length; address++) {
					int lost = address;
					steps.add(fault(world, instance(i) + " can't reach " + name(address),
							(next) -> next.unreachable[i] = lost));
				}
			});
			case INSTANCE_CRASHED -> eachInstance((i) -> steps
				.add(fault(world, instance(i) + " crashes and starts again", (next) -> crash(next, i))));
			case REPLICA_RESTARTED -> {
				for (int address = 1; address < world.servers.length; address++) {
					addRestart(world, address, steps);
				}
			}
			case PROMOTION -> {
				if (isPrimaryUp(world)) {
					steps.add(fault(world, "the primary dies, and a is promoted", Model::promote));
				}
			}
			case PRIMARY_DOWN -> steps.add(fault(world, "the primary dies",
					(next) -> next.servers[0] = new Server(false, true, 1, next.end, 1)));
			case PRIMARY_LOST_TAIL -> {
				if (world.end > 1) {
					steps.add(fault(world, "the primary restarts without its last record", Model::loseTail));
				}
			}
		}
	}

	private static Step fault(World world, String label, java.util.function.Consumer<World> change) {
		World next = world.copy();
		next.faults++;
		change.accept(next);
		return new Step("FAULT: " + label, next);
	}

	private void eachInstance(java.util.function.IntConsumer action) {
		for (int i = 0; i < this.scope.instances; i++) {
			action.accept(i);
		}
	}

	private void crash(World world, int instance) {
		world.writes.removeIf((write) -> write.instance() == instance);
		if (world.read != null && world.read.instance() == instance) {
			world.read = null;
		}
		startInstance(world, instance);
	}

	private void addRestart(World world, int address, List<Step> steps) {
		Server server = world.servers[address];
		for (int replayed = 1; replayed <= server.replayed(); replayed++) {
			Server older = new Server(true, false, server.timeline(), replayed, server.run() + 1);
			steps
				.add(fault(world, name(address) + " restarts at " + replayed, (next) -> next.servers[address] = older));
		}
	}

	/**
	 * The primary's address leads to the first replica, and the first replica's to the
	 * old primary, which comes back as a replica of the new one.
	 */
	private static void promote(World world) {
		Server promoted = world.servers[1];
		world.branch = promoted.replayed();
		world.loseAfter(world.timeline, world.branch);
		world.timeline++;
		world.end = world.branch + 1;
		int run = world.servers[0].run() + 1;
		world.servers[0] = new Server(true, true, world.timeline, world.end, promoted.run());
		world.servers[1] = new Server(true, false, world.timeline, world.branch, run + 1);
	}

	private static void loseTail(World world) {
		boolean replicated = false;
		for (Server server : world.servers) {
			replicated |= !server.primary() && server.replayed() == world.end;
		}
		if (!replicated) {
			world.end--;
			world.loseAfter(world.timeline, world.end);
			Server primary = world.servers[0];
			world.servers[0] = new Server(true, true, primary.timeline(), world.end, primary.run() + 1);
		}
	}

	// --- nobody is pinned to the primary --------------------------------------------

	/**
	 * Check that once faults are over, everything is replayed and sampled, a replica
	 * serves every user at every instance.
	 */
	private void checkServed(World world, List<Step> steps) {
		if (!world.writes.isEmpty() || world.read != null || !isPrimaryUp(world)) {
			return;
		}
		World healed = heal(world);
		for (int user = 0; user < this.scope.users; user++) {
			for (int instance = 0; instance < this.scope.instances; instance++) {
				World read = begin(healed, user, instance).world();
				Read begun = Objects.requireNonNull(read.read);
				MarkerReading fence = reading(read, begun);
				read.read = begun.withFence(fence, null);
				List<String> serving = (this.scope.level == ConsistencyLevel.SESSION) ? home(read, read.read)
						: this.rules.anywhere(effective(read, read.read), status(read, instance), read.clock);
				if (serving.isEmpty()) {
					read.violation = "SERVED: user" + user + " reads the primary at " + instance(instance)
							+ " for ever, because of " + fence;
					steps.add(new Step("everything heals, is replayed and sampled", read));
				}
			}
		}
	}

	private World heal(World world) {
		World healed = world.copy();
		for (int address = 1; address < healed.servers.length; address++) {
			while (canReplay(healed, healed.servers[address])) {
				healed.servers[address] = replayed(healed, healed.servers[address]);
			}
		}
		for (int instance = 0; instance < this.scope.instances; instance++) {
			healed.cutOff[instance] = false;
			healed.unreachable[instance] = 0;
			begin(healed, 0, instance);
			for (int round = 0; round < 3; round++) {
				for (int address = 0; address < healed.servers.length; address++) {
					Instance here = healed.instances[instance];
					healed.instances[instance] = here.withFlight(address, null);
					sample(healed, instance, address);
				}
				if (healed.instances[instance].trust() == null) {
					probe(healed, instance);
				}
				else {
					distrustIfLost(healed, instance);
				}
			}
			for (int i = 0; i < 2; i++) {
				if (healed.instances[instance].trust() == null) {
					probe(healed, instance);
				}
			}
		}
		return healed;
	}

	/**
	 * The first read finds out.
	 */
	private void distrustIfLost(World world, int instance) {
		World asked = begin(world, 0, instance).world();
		reading(asked, Objects.requireNonNull(asked.read));
		if (asked.instances[instance].trust() == null) {
			world.instances[instance] = world.instances[instance].withTrust(null, null);
		}
	}

	// --- names ----------------------------------------------------------------------

	private static String instance(int number) {
		return "instance" + number;
	}

	private static String user(int number) {
		return "user" + number;
	}

	private String name(int address) {
		return (address == 0) ? "primary" : this.names.get(address - 1);
	}

	private static String commits(int mask) {
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < Integer.SIZE; i++) {
			if ((mask & 1 << i) != 0) {
				text.append(text.isEmpty() ? "" : " ").append('w').append(i);
			}
		}
		return text.isEmpty() ? "nothing" : text.toString();
	}

}
