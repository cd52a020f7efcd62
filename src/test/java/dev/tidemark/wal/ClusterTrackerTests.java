package dev.tidemark.wal;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ClusterTracker}, in small numbers for moments and positions.
 */
class ClusterTrackerTests {

	private static final Duration UNKNOWN = Duration.ofNanos(Long.MAX_VALUE);

	private final ClusterTracker tracker = new ClusterTracker(List.of("a", "b"), Readmission.Limits.NONE);

	@Test
	void knowsNothingAtFirst() {
		assertThat(status().primary()).isEqualTo(PrimaryStatus.UNKNOWN);
		assertThat(status().replicas()).extracting(ReplicaStatus::name).containsExactly("a", "b");
		assertThat(replica().state()).isEqualTo(ReplicaState.STARTING);
		assertThat(replica().hasStalenessBound()).isFalse();
		assertThat(replica().stalenessBound(1000)).isEqualTo(UNKNOWN);
		assertThat(replica().lag(1000)).isEqualTo(UNKNOWN);
		assertThat(replica().hasReplayed(new WalPosition(1, 0))).isFalse();
		assertThat(status().lagBytes(replica())).isEqualTo(-1);
	}

	@Test
	void tellsLagAndStaleness() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.primaryAnswered(primary(20, 200));
		this.tracker.replicaAnswered("a", replica(21, 150));
		assertThat(replica().state()).isEqualTo(ReplicaState.REPLICATING);
		assertThat(replica().position()).isEqualTo(new WalPosition(1, 150));
		assertThat(replica().stalenessBound(25)).isEqualTo(Duration.ofNanos(15));
		assertThat(replica().lag(25)).isEqualTo(Duration.ofNanos(11));
		assertThat(status().lagBytes(replica())).isEqualTo(50);
		assertThat(status().replicas().get(1).state()).isEqualTo(ReplicaState.STARTING);
	}

	@Test
	void laterAnswerOfThePrimaryTellsMoreOfTheReplica() {
		this.tracker.replicaAnswered("a", replica(10, 200));
		assertThat(replica().state()).isEqualTo(ReplicaState.STARTING);
		this.tracker.primaryAnswered(primary(20, 150));
		assertThat(replica().state()).isEqualTo(ReplicaState.REPLICATING);
		assertThat(replica().stalenessBound(30)).isEqualTo(Duration.ofNanos(10));
	}

	@Test
	void replicaThatHasReplayedNothingIsStarting() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a", new ServerSample(11, 11, true, "cluster", 1, null, null, false));
		assertThat(replica().state()).isEqualTo(ReplicaState.STARTING);
	}

	@Test
	void olderAnswerThatArrivesLaterChangesNothing() {
		this.tracker.primaryAnswered(primary(20, 200));
		this.tracker.replicaAnswered("a", replica(21, 200));
		ClusterStatus before = status();
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a", replica(11, 100));
		assertThat(status()).isEqualTo(before);
	}

	// Trap 8
	@Test
	void restartedReplicaIsOnlyWhatItSaysNow() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.primaryAnswered(primary(20, 200));
		this.tracker.replicaAnswered("a", replica(21, 200));
		this.tracker.replicaAnswered("a", sample(22, true, "cluster", 2, new WalPosition(1, 120)));
		assertThat(replica().hasReplayed(new WalPosition(1, 121))).isFalse();
		assertThat(replica().stalenessBound(30)).isEqualTo(Duration.ofNanos(20));
	}

	// What it showed in the run before lies before the moment at which it came back.
	@Test
	void restartedReplicaIsKnownToHoldWhatItHeldOnceItHoldsWhatWasThereWhenItCameBack() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a", replica(9, 100));
		assertThat(replica().isNoOlderThanItWas()).isTrue();
		this.tracker.primaryAnswered(primary(20, 200));
		this.tracker.replicaAnswered("a", sample(22, true, "cluster", 2, new WalPosition(1, 200)));
		assertThat(replica().isNoOlderThanItWas()).isFalse();
		this.tracker.primaryAnswered(primary(30, 300));
		this.tracker.replicaAnswered("a", sample(31, true, "cluster", 2, new WalPosition(1, 299)));
		assertThat(replica().isNoOlderThanItWas()).isFalse();
		this.tracker.replicaAnswered("a", sample(32, true, "cluster", 2, new WalPosition(1, 300)));
		assertThat(replica().isNoOlderThanItWas()).isTrue();
	}

	// A server whose backend has crashed recovers from its last restart point without a
	// restart.
	@Test
	void replicaThatFallsBackHasToHoldWhatWasThereThen() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a", replica(9, 100));
		this.tracker.replicaAnswered("a", replica(12, 90));
		assertThat(replica().position()).isEqualTo(new WalPosition(1, 90));
		assertThat(replica().isNoOlderThanItWas()).isFalse();
	}

	@Test
	void replicaDoesNotFallBackBetweenAnswersToQuestionsThatWereUnderWayTogether() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a",
				new ServerSample(9, 15, true, "cluster", 1, new WalPosition(1, 100), null, false));
		this.tracker.replicaAnswered("a", replica(12, 90));
		assertThat(replica().position()).isEqualTo(new WalPosition(1, 100));
		assertThat(replica().isNoOlderThanItWas()).isTrue();
	}

	@Test
	void restartedReplicaOlderThanAnythingKnownHasNoStalenessBound() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a", replica(21, 200));
		this.tracker.replicaAnswered("a", sample(22, true, "cluster", 2, new WalPosition(1, 99)));
		assertThat(replica().hasStalenessBound()).isFalse();
	}

	@Test
	void replicaThatWentBackWithinOneRunIsOnlyWhatItSaysNow() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a", replica(21, 200));
		this.tracker.replicaAnswered("a", replica(22, 99));
		assertThat(replica().hasReplayed(new WalPosition(1, 100))).isFalse();
		assertThat(replica().hasStalenessBound()).isFalse();
	}

	@Test
	void restartedPrimaryMayHaveLostPositionsThatWereNotedBefore() {
		this.tracker.primaryAnswered(primary(10, 300));
		this.tracker.primaryAnswered(sample(20, false, "cluster", 2, new WalPosition(1, 200)));
		this.tracker.primaryAnswered(sample(30, false, "cluster", 2, new WalPosition(1, 400)));
		this.tracker.replicaAnswered("a", replica(31, 300));
		assertThat(replica().stalenessBound(31)).isEqualTo(Duration.ofNanos(11));
	}

	// Trap 10
	@Test
	void primaryInRecoveryIsNone() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.primaryAnswered(sample(20, true, "cluster", 1, new WalPosition(1, 500)));
		assertThat(status().primary().reachable()).isFalse();
		assertThat(status().primary().position()).isEqualTo(new WalPosition(1, 100));
		this.tracker.primaryAnswered(primary(30, 600));
		assertThat(status().primary().reachable()).isTrue();
	}

	// Trap 10
	@Test
	void replicaThatIsNotInRecoveryIsNone() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a", replica(11, 100));
		this.tracker.replicaAnswered("a", sample(20, false, "cluster", 1, new WalPosition(2, 100)));
		assertThat(replica().state()).isEqualTo(ReplicaState.NOT_A_REPLICA);
	}

	@Test
	void replicaOfAnotherClusterIsNone() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a", sample(11, true, "other", 1, new WalPosition(1, 100)));
		assertThat(replica().state()).isEqualTo(ReplicaState.FOREIGN_CLUSTER);
	}

	@Test
	void primaryOfAnotherClusterIsNone() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.primaryAnswered(sample(20, false, "other", 2, new WalPosition(1, 500)));
		assertThat(status().primary().reachable()).isFalse();
		assertThat(status().primary().systemIdentifier()).isEqualTo("cluster");
		assertThat(status().primary().position()).isEqualTo(new WalPosition(1, 100));
	}

	// Trap 9
	@Test
	void timelineOfAReplicaIsKeptWhereItsRoleCannotSeeIt() {
		this.tracker.primaryAnswered(sample(10, false, "cluster", 1, new WalPosition(2, 100)));
		this.tracker.replicaAnswered("a", sample(11, true, "cluster", 1, new WalPosition(2, 100)));
		this.tracker.replicaAnswered("a", sample(12, true, "cluster", 1, new WalPosition(1, 150)));
		assertThat(replica().position()).isEqualTo(new WalPosition(2, 150));
		assertThat(replica().stalenessBound(12)).isEqualTo(Duration.ofNanos(2));
		this.tracker.replicaAnswered("a", sample(13, true, "cluster", 2, new WalPosition(1, 150)));
		assertThat(replica().position()).isEqualTo(new WalPosition(1, 150));
	}

	@Test
	void floorIsTheFirstPositionSeenOnATimeline() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.primaryAnswered(primary(20, 200));
		assertThat(status().primary().timelineFloor()).isEqualTo(new WalPosition(1, 100));
		this.tracker.primaryAnswered(sample(30, false, "cluster", 2, new WalPosition(2, 150)));
		this.tracker.primaryAnswered(sample(40, false, "cluster", 2, new WalPosition(2, 250)));
		assertThat(status().primary().timelineFloor()).isEqualTo(new WalPosition(2, 150));
	}

	@Test
	void replicaOnAnOlderTimelineLagsByAnUnknownAmount() {
		this.tracker.primaryAnswered(sample(10, false, "cluster", 1, new WalPosition(2, 100)));
		this.tracker.replicaAnswered("a", replica(11, 500));
		assertThat(status().lagBytes(replica())).isEqualTo(-1);
		assertThat(replica().hasStalenessBound()).isFalse();
	}

	@Test
	void overdueReplicaIsUnreachableUntilItAnswers() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a", replica(11, 100));
		this.tracker.expire(111, 100);
		assertThat(replica().state()).isEqualTo(ReplicaState.REPLICATING);
		this.tracker.expire(112, 100);
		assertThat(replica().state()).isEqualTo(ReplicaState.UNREACHABLE);
		this.tracker.primaryAnswered(primary(120, 100));
		assertThat(replica().state()).isEqualTo(ReplicaState.UNREACHABLE);
		this.tracker.replicaAnswered("a", replica(121, 100));
		assertThat(replica().state()).isEqualTo(ReplicaState.REPLICATING);
	}

	@Test
	void unreachableReplicaAgesVisibly() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a", replica(11, 100));
		this.tracker.replicaFailed("a");
		assertThat(replica().state()).isEqualTo(ReplicaState.UNREACHABLE);
		assertThat(replica().lag(1010)).isEqualTo(Duration.ofNanos(1000));
		assertThat(replica().hasReplayed(new WalPosition(1, 100))).isTrue();
	}

	@Test
	void unreachablePrimaryKeepsWhatIsKnownOfIt() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.primaryFailed(PrimaryProblem.REFUSED);
		assertThat(status().primary()).isEqualTo(new PrimaryStatus(false, "cluster", new WalPosition(1, 100),
				new WalPosition(1, 100), PrimaryStatus.CONFIGURED, null, 10L, null));
	}

	@Test
	void untilThePrimaryIsKnownTheReplicasOwnClockIsTheEvidence() {
		this.tracker.replicaAnswered("a", aged("cluster", 100, 30));
		assertThat(replica().state()).isEqualTo(ReplicaState.REPLICATING);
		assertThat(replica().stalenessBound(110)).isEqualTo(Duration.ofNanos(40));
		assertThat(status().timeline()).hasValue(1);
		this.tracker.primaryFailed(PrimaryProblem.REFUSED);
		this.tracker.replicaAnswered("a", aged("cluster", 120, 90));
		assertThat(replica().stalenessBound(120)).isEqualTo(Duration.ofNanos(50));
	}

	// Trap 7
	@Test
	void clockIsNoEvidenceOnceThePrimaryWasKnown() {
		this.tracker.replicaAnswered("a", aged("cluster", 100, 30));
		this.tracker.primaryAnswered(primary(110, 500));
		assertThat(replica().state()).isEqualTo(ReplicaState.REPLICATING);
		assertThat(replica().hasStalenessBound()).isFalse();
		this.tracker.primaryFailed(PrimaryProblem.REFUSED);
		this.tracker.replicaAnswered("a", aged("cluster", 120, 1));
		assertThat(replica().hasStalenessBound()).isFalse();
	}

	@Test
	void replicasOfDifferentClustersServeNobodyUntilThePrimaryIsKnown() {
		this.tracker.replicaAnswered("a", aged("cluster", 100, 30));
		this.tracker.replicaAnswered("b", aged("other", 101, 30));
		assertThat(status().replicas()).extracting(ReplicaStatus::state).containsOnly(ReplicaState.STARTING);
		this.tracker.primaryAnswered(primary(110, 100));
		assertThat(status().replicas()).extracting(ReplicaStatus::state)
			.containsExactly(ReplicaState.REPLICATING, ReplicaState.FOREIGN_CLUSTER);
	}

	private final ClusterTracker strict = new ClusterTracker(List.of("a", "b"),
			new Readmission.Limits(3, 20, 70, 1000));

	@Test
	void replicaThatWasNeverLostServesWithItsFirstAnswer() {
		this.strict.replicaFailed("a");
		this.strict.primaryAnswered(primary(10, 100));
		this.strict.replicaAnswered("a", replica(11, 100));
		assertThat(strictState()).isEqualTo(ReplicaState.REPLICATING);
	}

	@Test
	void drainedReplicaIsFollowedUntilItIsPutBack() {
		startStrict();
		assertThat(this.strict.drain("a", true)).isTrue();
		assertThat(this.strict.drain("a", true)).isFalse();
		assertThat(strictState()).isEqualTo(ReplicaState.DRAINED);
		this.strict.primaryAnswered(primary(20, 200));
		this.strict.replicaAnswered("a", replica(21, 200));
		assertThat(strictState()).isEqualTo(ReplicaState.DRAINED);
		assertThat(this.strict.status().replicas().get(0).hasReplayed(new WalPosition(1, 200))).isTrue();
		assertThat(this.strict.status().replicas().get(0).lag(1000)).isEqualTo(Duration.ofNanos(1));
		assertThat(this.strict.drain("a", false)).isTrue();
		assertThat(strictState()).isEqualTo(ReplicaState.REPLICATING);
	}

	@Test
	void drainedReplicaThatIsLostReturnsLikeAnother() {
		startStrict();
		this.strict.drain("a", true);
		this.strict.replicaFailed("a");
		assertThat(strictState()).isEqualTo(ReplicaState.UNREACHABLE);
		assertThat(this.strict.isDrained("a")).isTrue();
		answersBefore(100, 3, 119);
		assertThat(strictState()).isEqualTo(ReplicaState.DRAINED);
		this.strict.drain("a", false);
		assertThat(strictState()).isEqualTo(ReplicaState.RETURNING);
	}

	// Otherwise nobody would serve while the primary is away.
	@Test
	void drainedReplicaDoesNotKeepAnotherFromReturning() {
		startStrict();
		this.strict.replicaAnswered("b", replica(11, 100));
		this.strict.drain("b", true);
		this.strict.replicaFailed("a");
		this.strict.replicaAnswered("a", replica(30, 100));
		assertThat(strictState()).isEqualTo(ReplicaState.RETURNING);
		this.strict.primaryFailed(PrimaryProblem.ERROR);
		assertThat(strictState()).isEqualTo(ReplicaState.REPLICATING);
	}

	@Test
	void promotionOfADrainedReplicaShows() {
		this.tracker.primaryAnswered(primary(10, 100));
		this.tracker.replicaAnswered("a", replica(11, 100));
		this.tracker.drain("a", true);
		this.tracker.replicaAnswered("a", sample(21, false, "cluster", 1, new WalPosition(2, 200)));
		assertThat(replica().state()).isEqualTo(ReplicaState.NOT_A_REPLICA);
	}

	@Test
	void replicaThatWasLostServesAfterSeveralAnswersInARow() {
		startStrict();
		this.strict.replicaFailed("a");
		assertThat(strictState()).isEqualTo(ReplicaState.UNREACHABLE);
		answersBefore(100, 3, 119);
		assertThat(strictState()).isEqualTo(ReplicaState.RETURNING);
		this.strict.primaryAnswered(primary(120, 100));
		assertThat(strictState()).isEqualTo(ReplicaState.RETURNING);
		this.strict.replicaAnswered("a", replica(121, 100));
		assertThat(strictState()).isEqualTo(ReplicaState.REPLICATING);
	}

	@Test
	void timeAloneIsNotEnough() {
		startStrict();
		this.strict.replicaFailed("a");
		this.strict.replicaAnswered("a", replica(100, 100));
		this.strict.replicaAnswered("a", replica(500, 100));
		assertThat(strictState()).isEqualTo(ReplicaState.RETURNING);
		this.strict.replicaAnswered("a", replica(501, 100));
		assertThat(strictState()).isEqualTo(ReplicaState.REPLICATING);
	}

	@Test
	void rowStartsAnewWhenAnAnswerIsMissing() {
		startStrict();
		this.strict.replicaFailed("a");
		for (int i = 100; i < 1000; i += 10) {
			this.strict.replicaAnswered("a", replica(i, 100));
			assertThat(strictState()).isEqualTo(ReplicaState.RETURNING);
			this.strict.replicaFailed("a");
			assertThat(strictState()).isEqualTo(ReplicaState.UNREACHABLE);
		}
	}

	@Test
	void replicaThatIsLostAgainAndAgainHasToAnswerForLongerEachTimeUpToALimit() {
		startStrict();
		long now = 100;
		for (long needed : new long[] { 20, 40, 70, 70, 70 }) {
			this.strict.replicaFailed("a");
			answersBefore(now, 3, now + needed - 1);
			assertThat(strictState()).isEqualTo(ReplicaState.RETURNING);
			this.strict.replicaAnswered("a", replica(now + needed, 100));
			assertThat(strictState()).isEqualTo(ReplicaState.REPLICATING);
			now += needed + 1;
		}
	}

	@Test
	void lossIsForgottenAfterAWhile() {
		startStrict();
		this.strict.replicaFailed("a");
		answersBefore(100, 3, 120);
		this.strict.replicaAnswered("a", replica(1120, 100));
		this.strict.replicaFailed("a");
		answersBefore(2000, 3, 2020);
		assertThat(strictState()).isEqualTo(ReplicaState.REPLICATING);
	}

	@Test
	void overdueReplicaIsLost() {
		startStrict();
		this.strict.expire(1000, 100);
		assertThat(strictState()).isEqualTo(ReplicaState.UNREACHABLE);
		this.strict.replicaAnswered("a", replica(1001, 100));
		assertThat(strictState()).isEqualTo(ReplicaState.RETURNING);
	}

	@Test
	void slowAnswerIsNotOverdue() {
		startStrict();
		this.strict.replicaAnswered("a",
				new ServerSample(20, 200, true, "cluster", 1, new WalPosition(1, 100), null, false));
		this.strict.expire(290, 100);
		assertThat(strictState()).isEqualTo(ReplicaState.REPLICATING);
	}

	// One connection may be lost without the server being so.
	@Test
	void lostConnectionCostsNoMoreThanTheNextAnswer() {
		startStrict();
		for (int i = 100; i < 200; i++) {
			this.strict.connectionFailed("a");
			assertThat(strictState()).isEqualTo(ReplicaState.UNREACHABLE);
			this.strict.replicaAnswered("a", replica(i, 100));
			assertThat(strictState()).isEqualTo(ReplicaState.REPLICATING);
		}
	}

	@Test
	void returningReplicaServesWhenNobodyElseDoes() {
		startStrict();
		this.strict.replicaAnswered("b", replica(12, 100));
		this.strict.replicaFailed("a");
		this.strict.primaryFailed(PrimaryProblem.REFUSED);
		this.strict.primaryFailed(PrimaryProblem.REFUSED);
		this.strict.replicaAnswered("a", replica(100, 100));
		assertThat(strictState()).isEqualTo(ReplicaState.RETURNING);
		this.strict.replicaFailed("b");
		assertThat(strictState()).isEqualTo(ReplicaState.REPLICATING);
		this.strict.primaryAnswered(primary(110, 100));
		assertThat(strictState()).isEqualTo(ReplicaState.REPLICATING);
	}

	private void startStrict() {
		this.strict.primaryAnswered(primary(10, 100));
		this.strict.replicaAnswered("a", replica(11, 100));
	}

	private void answersBefore(long from, int count, long to) {
		for (int i = 0; i < count - 1; i++) {
			this.strict.replicaAnswered("a", replica(from + i, 100));
		}
		this.strict.replicaAnswered("a", replica(to, 100));
	}

	private ReplicaState strictState() {
		return this.strict.status().replicas().get(0).state();
	}

	private static ServerSample aged(String systemIdentifier, long at, long age) {
		return new ServerSample(at, at, true, systemIdentifier, 1, new WalPosition(1, 100), Duration.ofNanos(age),
				false);
	}

	private ClusterStatus status() {
		return this.tracker.status();
	}

	private ReplicaStatus replica() {
		return status().replicas().get(0);
	}

	private static ServerSample primary(long at, long lsn) {
		return sample(at, false, "cluster", 1, new WalPosition(1, lsn));
	}

	private static ServerSample replica(long at, long lsn) {
		return sample(at, true, "cluster", 1, new WalPosition(1, lsn));
	}

	private static ServerSample sample(long at, boolean inRecovery, String systemIdentifier, long postmasterStart,
			@Nullable WalPosition position) {
		return new ServerSample(at, at, inRecovery, systemIdentifier, postmasterStart, position, null, false);
	}

}
