package dev.tidemark.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.marker.Marker;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.marker.TrustRules.Trust;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ServerSample;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * One state of everything: the servers, the marker store, the instances, and what is
 * under way. Changed only between {@link #copy()} and the moment it is handed on.
 */
final class World {

	/**
	 * Moments are numbers above this one, and nothing else is.
	 */
	static final long FIRST_MOMENT = 1L << 41;

	/**
	 * Only the number of ticks between two moments decides about limits, which end in
	 * half a tick. Within a tick moments have an order and no distance.
	 */
	static final long TICK = 1000;

	private static final long FARTHEST = 3;

	long clock = FIRST_MOMENT;

	int faults;

	int timeline = 1;

	/**
	 * The number of records in the log of the current timeline.
	 */
	int end = 1;

	/**
	 * The last record of the first timeline that is part of the second.
	 */
	int branch;

	final Server[] servers;

	List<Commit> commits = new ArrayList<>();

	final @Nullable Entry[] markers;

	final @Nullable Entry[] markersBefore;

	int epoch = 1;

	int epochs = 1;

	final boolean[] cutOff;

	/**
	 * The address of the replica that an instance can't reach, by instance.
	 */
	final int[] unreachable;

	final Instance[] instances;

	List<Write> writes = new ArrayList<>();

	@Nullable Read read;

	/**
	 * What each user has seen, as a set of commits.
	 */
	final int[] seen;

	@Nullable String violation;

	World(int users, Server[] servers, Instance[] instances) {
		this.servers = servers;
		this.instances = instances;
		this.markers = new @Nullable Entry[users];
		this.markersBefore = new @Nullable Entry[users];
		this.cutOff = new boolean[instances.length];
		this.unreachable = new int[instances.length];
		this.seen = new int[users];
	}

	private World(World from) {
		this.clock = from.clock;
		this.faults = from.faults;
		this.timeline = from.timeline;
		this.end = from.end;
		this.branch = from.branch;
		this.servers = from.servers.clone();
		this.commits = new ArrayList<>(from.commits);
		this.markers = from.markers.clone();
		this.markersBefore = from.markersBefore.clone();
		this.epoch = from.epoch;
		this.epochs = from.epochs;
		this.cutOff = from.cutOff.clone();
		this.unreachable = from.unreachable.clone();
		this.instances = from.instances.clone();
		this.writes = new ArrayList<>(from.writes);
		this.read = from.read;
		this.seen = from.seen.clone();
	}

	World copy() {
		return new World(this);
	}

	/**
	 * Return a new moment, later than all others.
	 */
	long moment() {
		return ++this.clock;
	}

	int ticks() {
		return (int) ticks(this.clock);
	}

	static long ticks(long moment) {
		return (moment - FIRST_MOMENT) / TICK;
	}

	void tick() {
		this.clock = FIRST_MOMENT + (ticks() + 1) * TICK;
	}

	/**
	 * Return what a server shows, as a set of commits.
	 */
	int visibleOn(Server server) {
		int visible = 0;
		for (int i = 0; i < this.commits.size(); i++) {
			Commit commit = this.commits.get(i);
			boolean shown = commit.timeline == server.timeline
					|| (commit.timeline < server.timeline && commit.at <= this.branch);
			if (shown && commit.at <= server.replayed && !commit.lost) {
				visible |= 1 << i;
			}
		}
		return visible;
	}

	int lost() {
		int lost = 0;
		for (int i = 0; i < this.commits.size(); i++) {
			lost |= this.commits.get(i).lost ? 1 << i : 0;
		}
		return lost;
	}

	/**
	 * Lose what no server has any more.
	 * @param timeline the timeline it was on
	 * @param last the last record that is left
	 */
	void loseAfter(int timeline, int last) {
		this.commits
			.replaceAll((commit) -> (commit.timeline == timeline && commit.at > last) ? commit.withLoss() : commit);
	}

	/**
	 * Return a number for all states from which the same can happen.
	 */
	Fingerprint fingerprint(Words words, Scope scope) {
		words.clear();
		Frozen.encode(List.of(this.faults, this.timeline, this.end, this.branch, this.epoch, this.epochs), words);
		Frozen.encode(Arrays.asList(this.servers), words);
		words.add(this.ticks());
		this.commits.forEach((commit) -> Frozen.encode(commit, words));
		words.add(-2);
		this.writes.forEach((write) -> Frozen.encode(write, words));
		words.add(-3);
		Frozen.encode(Arrays.asList(this.markers), words);
		Frozen.encode(Arrays.asList(this.markersBefore), words);
		Frozen.encode(this.read, words);
		for (int mask : this.seen) {
			words.add(mask);
		}
		simplifyMoments(words, 0, false, false);
		for (int i = 0; i < this.instances.length; i++) {
			int from = words.size();
			words.add(this.cutOff[i] ? 1 : 0);
			words.add(this.unreachable[i]);
			this.instances[i].encode(words);
			simplifyMoments(words, from, scope.lateAnswers || scope.level == ConsistencyLevel.SESSION,
					scope.lateAnswers);
		}
		return Fingerprint.of(words);
	}

	/**
	 * How long ago something was matters in ticks only, and up to a limit; which of two
	 * things was first matters only where an instance compares them.
	 */
	private void simplifyMoments(Words words, int from, boolean ordered, boolean lateAnswers) {
		long[] moments = new long[words.size() - from];
		int count = 0;
		for (int i = from; ordered && i < words.size(); i++) {
			long moment = words.get(i) & ~Words.SAMPLING;
			if (moment >= FIRST_MOMENT && (lateAnswers || moment == words.get(i))) {
				moments[count++] = moment;
			}
		}
		Arrays.sort(moments, 0, count);
		for (int i = from; i < words.size(); i++) {
			long moment = words.get(i) & ~Words.SAMPLING;
			if (words.get(i) >= FIRST_MOMENT) {
				long age = Math.max(-FARTHEST, Math.min(FARTHEST, ticks() - ticks(moment)));
				int rank = (ordered && (lateAnswers || moment == words.get(i))) ? rank(moments, count, moment) : 0;
				boolean matters = lateAnswers || moment == words.get(i);
				words.set(i, matters ? (1L << 40) + (age + FARTHEST) * 4096 + rank : 0);
			}
		}
	}

	private static int rank(long[] sorted, int count, long moment) {
		int rank = 0;
		for (int i = 0; i < count && sorted[i] < moment; i++) {
			rank += (i == 0 || sorted[i] != sorted[i - 1]) ? 1 : 0;
		}
		return rank;
	}

	/**
	 * What an address leads to.
	 *
	 * @param up whether it answers
	 * @param primary whether it is not in recovery
	 * @param timeline its timeline
	 * @param replayed the number of records it has
	 * @param run counts its starts
	 */
	record Server(boolean up, boolean primary, int timeline, int replayed, int run) {

		Server withReplayed(int replayed) {
			return new Server(this.up, this.primary, this.timeline, replayed, this.run);
		}

	}

	/**
	 * A commit.
	 *
	 * @param user whose it is
	 * @param timeline its timeline
	 * @param at its record
	 * @param moment when it was
	 * @param acknowledged whether its user knows of it
	 * @param lost whether no server has it any more
	 */
	record Commit(int user, int timeline, int at, long moment, boolean acknowledged, boolean lost) {

		Commit withAcknowledgement() {
			return new Commit(this.user, this.timeline, this.at, this.moment, true, this.lost);
		}

		Commit withLoss() {
			return new Commit(this.user, this.timeline, this.at, this.moment, this.acknowledged, true);
		}

	}

	/**
	 * A marker in the store.
	 *
	 * @param position its position
	 * @param expiresAt when its life ends
	 */
	record Entry(WalPosition position, long expiresAt) {

	}

	/**
	 * A commit that is not acknowledged yet, or whose marker is still to be written.
	 *
	 * @param commit its number
	 * @param instance where it runs
	 * @param position the position that was taken
	 * @param stage how far it is
	 * @param deadline until when it is held at most
	 */
	record Write(int commit, int instance, WalPosition position, Stage stage, long deadline) {

		Write at(Stage stage) {
			return new Write(this.commit, this.instance, this.position, stage, this.deadline);
		}

		enum Stage {

			COMMITTED, MARKED, HELD

		}

	}

	/**
	 * A read under way.
	 *
	 * @param user who reads
	 * @param instance where it runs
	 * @param level the level
	 * @param begun when it began
	 * @param written what its user has written, as a set of commits
	 * @param seen what its user has seen
	 * @param trust the trust when the store was asked, {@code null} if it was not
	 * @param answer what the store said, {@code null} if it did not answer
	 * @param fence what has to be seen, {@code null} until it is known
	 * @param latest the primary's position, if it was asked for
	 * @param shown what was read, {@code -1} if nothing yet
	 * @param onPrimary whether it was read on the primary
	 */
	record Read(int user, int instance, ConsistencyLevel level, long begun, int written, int seen,
			@Nullable Trust trust, @Nullable Marker answer, @Nullable MarkerReading fence, @Nullable WalPosition latest,
			int shown, boolean onPrimary) {

		Read withFence(MarkerReading fence, @Nullable WalPosition latest) {
			return new Read(this.user, this.instance, this.level, this.begun, this.written, this.seen, null, null,
					fence, latest, -1, false);
		}

		Read withShown(int shown, boolean onPrimary) {
			return new Read(this.user, this.instance, this.level, this.begun, this.written, this.seen, null, null, null,
					null, shown, onPrimary);
		}

	}

	/**
	 * What one instance knows.
	 *
	 * @param tracker the content of its tracker
	 * @param status what the tracker says
	 * @param trust why it trusts the store, {@code null} if it does not
	 * @param probe how far it is with trusting it again
	 * @param interruptions how often its connection to the store was interrupted
	 * @param flights answers of servers that have not arrived, by address
	 * @param pools the runs of the replicas to which pooled connections lead, by address
	 */
	record Instance(Frozen tracker, ClusterStatus status, @Nullable Trust trust, @Nullable Probe probe,
			int interruptions, List<@Nullable ServerSample> flights, List<Integer> pools) {

		Instance withTracker(Frozen tracker, ClusterStatus status) {
			return new Instance(tracker, status, this.trust, this.probe, this.interruptions, this.flights, this.pools);
		}

		Instance withTrust(@Nullable Trust trust, @Nullable Probe probe) {
			return new Instance(this.tracker, this.status, trust, probe, this.interruptions, this.flights, this.pools);
		}

		Instance interrupted() {
			return new Instance(this.tracker, this.status, this.trust, this.probe, this.interruptions + 1, this.flights,
					this.pools);
		}

		Instance withFlight(int address, @Nullable ServerSample sample) {
			List<@Nullable ServerSample> flights = new ArrayList<>(this.flights);
			flights.set(address, sample);
			return new Instance(this.tracker, this.status, this.trust, this.probe, this.interruptions, flights,
					this.pools);
		}

		Instance withPool(int address, int run) {
			List<Integer> pools = new ArrayList<>(this.pools);
			pools.set(address, run);
			return new Instance(this.tracker, this.status, this.trust, this.probe, this.interruptions, this.flights,
					pools);
		}

		void encode(Words words) {
			words.addAll(this.tracker.words());
			Frozen.encode(this.trust, words);
			Frozen.encode(this.probe, words);
			words.add(this.interruptions);
			Frozen.encode(this.flights, words);
			Frozen.encode(this.pools, words);
		}

	}

	/**
	 * A probe of the store that has had its first answer.
	 *
	 * @param epochs the epochs, if they were the first question
	 * @param interruptions the interruptions before
	 * @param floor the floor, if it was the first question
	 */
	record Probe(Set<String> epochs, int interruptions, @Nullable WalPosition floor) {

	}

}
