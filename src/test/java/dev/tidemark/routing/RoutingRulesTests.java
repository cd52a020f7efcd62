package dev.tidemark.routing;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.marker.MarkerReading;
import dev.tidemark.session.HomeKey;
import dev.tidemark.routing.RoutingRules.Candidates;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.PrimaryStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RoutingRules}: facts in, decision out.
 */
class RoutingRulesTests {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	/**
	 * Near the end of the clock's range, so that a comparison instead of a difference
	 * fails.
	 */
	private static final long NOW = Long.MIN_VALUE + TimeUnit.SECONDS.toNanos(5);

	private static final ReplicaStatus UP_TO_DATE = replica("fresh", "1:5000", 0);

	private static final ReplicaStatus LAGGING = replica("lagging", "1:3000", 2000);

	private static final ReplicaStatus STALE = replica("stale", "1:1000", 10_001);

	// Each row changes one fact more than the row below it: the reasons' precedence.
	@ParameterizedTest
	@CsvSource(textBlock = """
			# transaction, serializable, statement,   decides, requested, level,            reason
			READ_WRITE,    true,         NEEDS_PRIMARY, true,  true,      PRIMARY,          READ_WRITE
			READ_WRITE,    false,        QUERY,         false, false,     EVENTUAL,         READ_WRITE
			NONE,          true,         NEEDS_PRIMARY, true,  true,      PRIMARY,          WRITE_DECISION
			READ_ONLY,     false,        QUERY,         true,  false,     EVENTUAL,         WRITE_DECISION
			NONE,          true,         NEEDS_PRIMARY, false, true,      PRIMARY,          REQUESTED
			READ_ONLY,     false,        QUERY,         false, true,      EVENTUAL,         REQUESTED
			NONE,          true,         NEEDS_PRIMARY, false, false,     PRIMARY,          PRIMARY_LEVEL
			READ_ONLY,     false,        QUERY,         false, false,     PRIMARY,          PRIMARY_LEVEL
			NONE,          true,         NEEDS_PRIMARY, false, false,     READ_YOUR_WRITES, NO_TRANSACTION
			NONE,          false,        QUERY,         false, false,     EVENTUAL,         NO_TRANSACTION
			READ_ONLY,     true,         NEEDS_PRIMARY, false, false,     READ_YOUR_WRITES, ISOLATION
			READ_ONLY,     true,         QUERY,         false, false,     EVENTUAL,         ISOLATION
			READ_ONLY,     false,        NEEDS_PRIMARY, false, false,     READ_YOUR_WRITES, LOCKING_READ
			READ_ONLY,     false,        NEEDS_PRIMARY, false, false,     EVENTUAL,         LOCKING_READ
			READ_ONLY,     false,        CHANGES_SESSION, false, false,   EVENTUAL,         LOCKING_READ
			READ_ONLY,     false,        TRANSACTION_LOCAL, false, false, EVENTUAL,
			READ_ONLY,     false,        TRANSACTION_LOCAL_WITH_CALLS, false, false, EVENTUAL,
			READ_ONLY,     false,        QUERY,         false, false,     READ_YOUR_WRITES,
			READ_ONLY,     false,        QUERY,         false, false,     SESSION,
			READ_ONLY,     false,        QUERY,         false, false,     BOUNDED_STALENESS,
			READ_ONLY,     false,        QUERY,         false, false,     EVENTUAL,
			""")
	void runsOnPrimaryWhateverTheReplicasAreLike(TransactionKind transaction, boolean serializable,
			StatementKind statement, boolean decides, boolean requested, ConsistencyLevel level,
			@Nullable Reason expected) {
		ReadRequest request = new ReadRequest(transaction, serializable, statement, false, decides, requested, level,
				LIMIT, Set.of());
		assertThat(RoutingRules.primaryReason(request, false)).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource(value = { "QUERY,", "TRANSACTION_LOCAL,NO_TRANSACTION", "TRANSACTION_LOCAL_WITH_CALLS,NO_TRANSACTION",
			"NEEDS_PRIMARY,NO_TRANSACTION", "CHANGES_SESSION,NO_TRANSACTION" })
	void onlyQueriesOutsideTransactionMayUseReplicas(StatementKind statement, @Nullable Reason expected) {
		ReadRequest request = new ReadRequest(TransactionKind.NONE, false, statement, false, false, false,
				ConsistencyLevel.SESSION, LIMIT, Set.of());
		assertThat(RoutingRules.primaryReason(request, true)).isEqualTo(expected);
	}

	@ParameterizedTest
	@EnumSource(value = TransactionKind.class, names = { "NONE", "READ_ONLY" })
	void staysOnPrimaryBecauseOfWhatCameBefore(TransactionKind transaction) {
		ReadRequest request = new ReadRequest(transaction, false, StatementKind.QUERY, true, false, false,
				ConsistencyLevel.EVENTUAL, LIMIT, Set.of());
		assertThat(RoutingRules.primaryReason(request, true)).isEqualTo(Reason.LOCKING_READ);
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			# level,           written, floor,  serves,          reason
			EVENTUAL,          -,       -,      fresh lagging,   EVENTUAL
			BOUNDED_STALENESS, -,       -,      fresh lagging,   BOUNDED
			READ_YOUR_WRITES,  -,       -,      fresh lagging,   NO_RECENT_WRITE
			READ_YOUR_WRITES,  1:2000,  -,      fresh lagging,   CAUGHT_UP
			READ_YOUR_WRITES,  1:3000,  -,      fresh lagging,   CAUGHT_UP
			READ_YOUR_WRITES,  1:3001,  -,      fresh,           CAUGHT_UP
			READ_YOUR_WRITES,  1:5000,  -,      fresh,           CAUGHT_UP
			READ_YOUR_WRITES,  1:5001,  -,      none,            RECENT_WRITE
			SESSION,           1:3001,  -,      fresh,           CAUGHT_UP
			SESSION,           1:5001,  -,      none,            RECENT_WRITE
			READ_YOUR_WRITES,  -,       1:3001, fresh,           NO_RECENT_WRITE
			READ_YOUR_WRITES,  -,       1:5001, none,            MARKER_UNAVAILABLE
			READ_YOUR_WRITES,  1:1000,  1:3001, fresh,           CAUGHT_UP
			READ_YOUR_WRITES,  1:1000,  1:5001, none,            RECENT_WRITE
			READ_YOUR_WRITES,  1:3001,  1:1000, fresh,           CAUGHT_UP
			READ_YOUR_WRITES,  2:1000,  -,      none,            RECENT_WRITE
			""")
	void readsWhereTheFenceIsReplayed(ConsistencyLevel level, String written, String floor, String serves,
			Reason reason) {
		MarkerReading fence = new MarkerReading(true, position(written), position(floor));
		assertCandidates(candidates(level, fence, cluster("1:5000", "1:1", UP_TO_DATE, LAGGING, STALE)), serves,
				reason);
	}

	@Test
	void unknownMarkerNeedsPrimary() {
		assertCandidates(candidates(ConsistencyLevel.READ_YOUR_WRITES, MarkerReading.UNKNOWN,
				cluster("1:5000", "1:1", UP_TO_DATE)), "none", Reason.MARKER_UNAVAILABLE);
	}

	@Test
	void needsReplicaBeforeMarker() {
		assertCandidates(candidates(ConsistencyLevel.READ_YOUR_WRITES, MarkerReading.UNKNOWN, cluster("1:5000", "1:1")),
				"none", Reason.NO_REPLICA);
	}

	@ParameterizedTest
	@EnumSource(value = ReplicaState.class, names = "REPLICATING", mode = EnumSource.Mode.EXCLUDE)
	void replicaOutOfRotationServesNobody(ReplicaState state) {
		ReplicaStatus replica = new ReplicaStatus("a", state, position("1:5000"), NOW, NOW, NOW);
		assertCandidates(candidates(ConsistencyLevel.EVENTUAL, MarkerReading.NONE, cluster("1:5000", "1:1", replica)),
				"none", Reason.NO_REPLICA);
		assertThat(RoutingRules.isEligible(replica, cluster("1:5000", "1:1", replica), LIMIT, NOW)).isFalse();
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			# limit, stale by, serves, reason
			10000,   9999,     true,   EVENTUAL
			10000,   10000,    true,   EVENTUAL
			10000,   10001,    false,  TOO_STALE
			500,     501,      false,  TOO_STALE
			0,       0,        true,   EVENTUAL
			""")
	void limitHoldsForEveryReplica(long limit, long staleBy, boolean serves, Reason reason) {
		ReplicaStatus replica = replica("a", "1:5000", staleBy);
		Candidates candidates = RoutingRules.candidates(request(ConsistencyLevel.EVENTUAL, Duration.ofMillis(limit)),
				MarkerReading.NONE, cluster("1:5000", "1:1", replica), NOW);
		assertCandidates(candidates, serves ? "a" : "none", reason);
	}

	@Test
	void replicaOfUnknownStalenessServesNobody() {
		ReplicaStatus replica = new ReplicaStatus("a", ReplicaState.REPLICATING, position("1:5000"), NOW, null, NOW);
		assertCandidates(candidates(ConsistencyLevel.EVENTUAL, MarkerReading.NONE, cluster("1:5000", "1:1", replica)),
				"none", Reason.TOO_STALE);
		assertThat(RoutingRules.isEligible(replica, cluster("1:5000", "1:1", replica), Duration.ofNanos(Long.MAX_VALUE),
				NOW))
			.isFalse();
	}

	@Test
	void replicaOnTheLatestTimelineServesBeforeThePrimaryIsKnown() {
		ReplicaStatus promoted = replica("promoted", "2:100", 0);
		ClusterStatus cluster = new ClusterStatus(new PrimaryStatus(false, null, null, null),
				List.of(UP_TO_DATE, promoted, STALE));
		assertCandidates(candidates(ConsistencyLevel.EVENTUAL, MarkerReading.NONE, cluster), "promoted",
				Reason.EVENTUAL);
		assertCandidates(candidates(ConsistencyLevel.SESSION, MarkerReading.UNKNOWN, cluster), "none",
				Reason.MARKER_UNAVAILABLE);
	}

	@Test
	void replicaServesWhileThePrimaryDoesNotAnswer() {
		ClusterStatus cluster = new ClusterStatus(new PrimaryStatus(false, "1", position("1:5000"), position("1:1")),
				List.of(UP_TO_DATE));
		assertCandidates(candidates(ConsistencyLevel.EVENTUAL, MarkerReading.NONE, cluster), "fresh", Reason.EVENTUAL);
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			# written, replica, serves, reason
			# A marker of the old timeline stands for the new one's first position.
			1:9999,    2:6000,  true,   CAUGHT_UP
			1:9999,    2:7000,  true,   CAUGHT_UP
			1:9999,    2:5999,  false,  RECENT_WRITE
			1:10,      2:5999,  false,  RECENT_WRITE
			2:6500,    2:6499,  false,  RECENT_WRITE
			2:6500,    2:6500,  true,   CAUGHT_UP
			# A replica on the old timeline serves nobody.
			1:10,      1:9999,  false,  RECENT_WRITE
			-,         1:9999,  false,  TOO_STALE
			-,         3:9999,  false,  TOO_STALE
			""")
	void promotionReplacesOlderMarkersByItsFirstPosition(String written, String replayed, boolean serves,
			Reason reason) {
		MarkerReading fence = new MarkerReading(true, position(written), null);
		assertCandidates(candidates(ConsistencyLevel.READ_YOUR_WRITES, fence,
				cluster("2:7000", "2:6000", replica("a", replayed, 0))), serves ? "a" : "none", reason);
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			# written, home replayed, home stale by, serves, reason
			-,         1:3000,        2000,          true,   NO_RECENT_WRITE
			1:3000,    1:3000,        2000,          true,   CAUGHT_UP
			1:3001,    1:3000,        2000,          false,  RECENT_WRITE
			-,         1:3000,        10001,         false,  TOO_STALE
			1:3001,    1:3000,        10001,         false,  RECENT_WRITE
			""")
	void onlyTheHomeServesASession(String written, String replayed, long staleBy, boolean serves, Reason reason) {
		ReplicaStatus home = replica("home", replayed, staleBy);
		assertCandidates(home(new MarkerReading(true, position(written), null), home, true), serves ? "home" : "none",
				reason);
	}

	@Test
	void homeThatMayHaveShownALaterStateBeforeItWasRestartedServesNewSessionsOnly() {
		ReplicaStatus home = new ReplicaStatus("home", ReplicaState.REPLICATING, position("1:5000"), NOW, NOW - 2,
				NOW - 1);
		assertCandidates(home(MarkerReading.NONE, home, true), "none", Reason.TOO_STALE);
		assertCandidates(home(MarkerReading.NONE, home, false), "home", Reason.NO_RECENT_WRITE);
	}

	@Test
	void homeOfAUserWhoHadAnotherBeforeNeedsProof() {
		assertThat(RoutingRules
			.home(request(ConsistencyLevel.SESSION, LIMIT), MarkerReading.NONE, cluster("1:5000", "1:1", UP_TO_DATE),
					new Home(UP_TO_DATE, true, 0), new HomeKey("alice", true, true), null, NOW)
			.isEmpty()).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "2000, true", "1999, false" })
	void homeHoldsWhatTheSessionHasSeenOnThePrimary(long ago, boolean serves) {
		long sawPrimaryAt = NOW - TimeUnit.MILLISECONDS.toNanos(ago);
		assertThat(RoutingRules
			.home(request(ConsistencyLevel.SESSION, LIMIT), MarkerReading.NONE,
					cluster("1:5000", "1:1", UP_TO_DATE, LAGGING), new Home(LAGGING, true, 0),
					new HomeKey("alice", true, false), sawPrimaryAt, NOW)
			.isEmpty()).isEqualTo(!serves);
	}

	@ParameterizedTest
	@CsvSource({ "true, NO_RECENT_WRITE, true", "false, TOO_STALE, true", "false, TOO_STALE, false" })
	void homeThatIsNotProvenDoesNotServe(boolean proven, Reason reason, boolean shared) {
		Candidates candidates = RoutingRules.home(request(ConsistencyLevel.SESSION, LIMIT), MarkerReading.NONE,
				cluster("1:5000", "1:1", UP_TO_DATE), new Home(UP_TO_DATE, proven, 0),
				new HomeKey("alice", shared, false), null, NOW);
		assertThat(candidates.isEmpty()).isEqualTo(!proven);
		assertThat(candidates.reason()).isEqualTo(reason);
	}

	private static Candidates home(MarkerReading fence, ReplicaStatus home, boolean shared) {
		return RoutingRules.home(request(ConsistencyLevel.SESSION, LIMIT), fence,
				cluster("1:5000", "1:1", UP_TO_DATE, home), new Home(home, true, 0),
				new HomeKey("alice", shared, false), null, NOW);
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			# written, latest, serves,  reason
			-,         1:3000, lagging, NO_RECENT_WRITE
			-,         1:3001, fresh,   NO_RECENT_WRITE
			1:2000,    1:3000, lagging, CAUGHT_UP
			1:3001,    1:3001, fresh,   CAUGHT_UP
			1:2000,    1:5001, none,    TOO_STALE
			""")
	void standsInForTheHomeIfItHoldsWhatThePrimaryHeld(String written, String latest, String serves, Reason reason) {
		ClusterStatus cluster = cluster("1:5000", "1:1", UP_TO_DATE, LAGGING);
		Candidates candidates = RoutingRules.awayFromHome(request(ConsistencyLevel.SESSION, LIMIT),
				new MarkerReading(true, position(written), null),
				new WalPosition(1, Long.parseLong(latest.substring(2))), cluster,
				List.of(LAGGING.name(), UP_TO_DATE.name()), NOW);
		assertCandidates(candidates, serves, reason);
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			# state,      position, stale by, replayed 1:3000
			REPLICATING,  1:3000,   0,        true
			REPLICATING,  1:2999,   0,        false
			REPLICATING,  2:9999,   0,        false
			UNREACHABLE,  1:3000,   10001,    true
			# Another instance may still read from it.
			UNREACHABLE,  1:2999,   10001,    false
			DRAINED,      1:3000,   0,        true
			DRAINED,      1:2999,   0,        false
			# It may catch up with a part, and serve again.
			REPLICATING,  1:2999,   10001,    false
			NOT_A_REPLICA,1:2999,   0,        false
			""")
	void writeIsSafeWhenEveryReplicaHasReplayedIt(ReplicaState state, String replayed, long staleBy, boolean expected) {
		ReplicaStatus replica = new ReplicaStatus("a", state, position(replayed), NOW,
				NOW - TimeUnit.MILLISECONDS.toNanos(staleBy), NOW);
		assertThat(RoutingRules.isReplayedEverywhere(new WalPosition(1, 3000),
				cluster("1:5000", "1:1", UP_TO_DATE, replica)))
			.isEqualTo(expected);
	}

	@Test
	void writeIsSafeWithoutReplicas() {
		assertThat(RoutingRules.isReplayedEverywhere(new WalPosition(1, 3000), cluster("1:5000", "1:1"))).isTrue();
	}

	@ParameterizedTest
	@EnumSource
	void onlyLevelsThatPromiseOwnWritesNeedAFence(ConsistencyLevel level) {
		assertThat(request(level, LIMIT).needsFence())
			.isEqualTo(level == ConsistencyLevel.READ_YOUR_WRITES || level == ConsistencyLevel.SESSION);
	}

	private static Candidates candidates(ConsistencyLevel level, MarkerReading fence, ClusterStatus cluster) {
		return RoutingRules.candidates(request(level, LIMIT), fence, cluster, NOW);
	}

	private static void assertCandidates(Candidates candidates, String serves, Reason reason) {
		List<String> expected = serves.equals("none") ? List.of() : List.of(serves.split(" "));
		assertThat(candidates.replicas()).extracting(ReplicaStatus::name).isEqualTo(expected);
		assertThat(candidates.isEmpty()).isEqualTo(expected.isEmpty());
		assertThat(candidates.reason()).isEqualTo(reason);
	}

	private static ReadRequest request(ConsistencyLevel level, Duration limit) {
		return new ReadRequest(TransactionKind.READ_ONLY, false, StatementKind.QUERY, false, false, false, level, limit,
				Set.of());
	}

	private static ClusterStatus cluster(String position, String timelineFloor, ReplicaStatus... replicas) {
		return new ClusterStatus(new PrimaryStatus(true, "1", position(position), position(timelineFloor)),
				List.of(replicas));
	}

	private static ReplicaStatus replica(String name, String position, long staleByMillis) {
		return new ReplicaStatus(name, ReplicaState.REPLICATING, position(position), NOW,
				NOW - TimeUnit.MILLISECONDS.toNanos(staleByMillis), NOW - TimeUnit.SECONDS.toNanos(60));
	}

	private static @Nullable WalPosition position(String text) {
		if (text.equals("-")) {
			return null;
		}
		String[] parts = text.split(":");
		return new WalPosition(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
	}

}
