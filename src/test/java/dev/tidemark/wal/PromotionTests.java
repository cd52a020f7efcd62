package dev.tidemark.wal;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ClusterTracker}: which server is the primary.
 */
class PromotionTests {

	private static final int PRIMARY_RUN = 1;

	private static final int REPLICA_RUN = 2;

	private final ClusterTracker tracker = new ClusterTracker(List.of("a", "b"), Readmission.Limits.NONE);

	@BeforeEach
	void startWithOnePrimary() {
		this.tracker.primaryAnswered(primary(10, PRIMARY_RUN, 1));
		this.tracker.replicaAnswered("a", replica(11, 1));
		this.tracker.replicaAnswered("b", replica(11, 1));
	}

	@Test
	void promotedReplicaIsFollowedWhenThePrimaryIsAway() {
		fail();
		this.tracker.replicaAnswered("a", primary(20, REPLICA_RUN, 2));
		assertPrimary("a", 2);
		assertThat(status().timelineFloor()).isEqualTo(new WalPosition(2, 100));
		assertThat(this.tracker.status().replicas().get(0).state()).isEqualTo(ReplicaState.NOT_A_REPLICA);
	}

	@Test
	void oneLostConnectionIsNotEnough() {
		this.tracker.primaryFailed(PrimaryProblem.REFUSED);
		this.tracker.replicaAnswered("a", primary(20, REPLICA_RUN, 2));
		assertThat(status().server()).isEqualTo(PrimaryStatus.CONFIGURED);
		assertThat(status().isAway()).isFalse();
	}

	@Test
	void primaryThatAnswersWithErrorsIsNotAway() {
		this.tracker.primaryFailed(PrimaryProblem.ERROR);
		this.tracker.primaryFailed(PrimaryProblem.ERROR);
		this.tracker.replicaAnswered("a", primary(20, REPLICA_RUN, 2));
		assertThat(status().server()).isEqualTo(PrimaryStatus.CONFIGURED);
	}

	@Test
	void promotedReplicaIsFollowedWhenThePrimaryHasBecomeAReplica() {
		this.tracker.primaryAnswered(replica(20, 2));
		this.tracker.replicaAnswered("a", primary(21, REPLICA_RUN, 2));
		assertPrimary("a", 2);
	}

	@Test
	void promotedReplicaIsNotFollowedWhileThePrimaryAnswers() {
		this.tracker.replicaAnswered("a", primary(20, REPLICA_RUN, 2));
		this.tracker.primaryAnswered(primary(21, PRIMARY_RUN, 1));
		assertPrimary(PrimaryStatus.CONFIGURED, 1);
	}

	@Test
	void replicaThatWasPromotedLongBeforeThePrimaryWentAwayIsNotFollowed() {
		this.tracker.replicaAnswered("a", primary(20, REPLICA_RUN, 2));
		long later = TimeUnit.SECONDS.toNanos(11);
		this.tracker.primaryAnswered(primary(later, PRIMARY_RUN, 1));
		fail();
		this.tracker.replicaAnswered("a", primary(later + 1, REPLICA_RUN, 2));
		assertThat(status().server()).isEqualTo(PrimaryStatus.CONFIGURED);
		this.tracker.replicaAnswered("b", replica(later + 2, 2));
		this.tracker.replicaAnswered("a", primary(later + 3, REPLICA_RUN, 2));
		assertPrimary("a", 2);
	}

	@Test
	void serverOfAnotherClusterIsNotFollowed() {
		fail();
		this.tracker.replicaAnswered("a", sample(20, false, "other", REPLICA_RUN, 2));
		assertThat(status().server()).isEqualTo(PrimaryStatus.CONFIGURED);
	}

	@Test
	void serverOnTheSameTimelineIsNotFollowedUnlessItIsThePrimaryItself() {
		fail();
		this.tracker.replicaAnswered("a", primary(20, REPLICA_RUN, 1));
		assertThat(status().server()).isEqualTo(PrimaryStatus.CONFIGURED);
		this.tracker.replicaAnswered("a", primary(21, PRIMARY_RUN, 1));
		assertPrimary("a", 1);
	}

	@Test
	void oldPrimaryThatComesBackIsNoPrimary() {
		promote();
		assertThat(this.tracker.primaryAnswered(primary(30, PRIMARY_RUN + 2, 1)))
			.isEqualTo(PrimaryProblem.OLD_TIMELINE);
		assertPrimary("a", 2);
		assertThat(this.tracker.whyNotPrimary(primary(5, PRIMARY_RUN, 1))).isEqualTo(PrimaryProblem.OLD_TIMELINE);
	}

	@Test
	void configuredAddressIsThePrimaryAgainOnTheSameTimelineOrALaterOne() {
		promote();
		this.tracker.primaryAnswered(primary(30, REPLICA_RUN, 2));
		assertPrimary(PrimaryStatus.CONFIGURED, 2);
	}

	@Test
	void promotedReplicaThatIsLostIsReplacedByTheNextOne() {
		promote();
		this.tracker.replicaFailed("a", PrimaryProblem.REFUSED);
		assertThat(status().reachable()).isFalse();
		this.tracker.replicaFailed("a", PrimaryProblem.REFUSED);
		assertThat(status().problem()).isEqualTo(PrimaryProblem.REFUSED);
		this.tracker.replicaAnswered("b", primary(40, REPLICA_RUN + 1, 3));
		assertPrimary("b", 3);
	}

	/**
	 * It may have been a replica again meanwhile, to other instances.
	 */
	@Test
	void replicaThatIsPromotedAgainIsThePrimarySinceThen() {
		promote();
		Long first = status().serverSince();
		this.tracker.replicaFailed("a", PrimaryProblem.REFUSED);
		this.tracker.replicaAnswered("a", primary(40, REPLICA_RUN, 2));
		assertThat(status().serverSince()).isEqualTo(first);
		this.tracker.replicaAnswered("a", primary(50, REPLICA_RUN + 1, 4));
		assertPrimary("a", 4);
		assertThat(status().serverSince()).isEqualTo(50);
	}

	/**
	 * Its users have been elsewhere meanwhile.
	 */
	@Test
	void promotedReplicaThatIsAReplicaAgainSaysSinceWhen() {
		promote();
		this.tracker.replicaAnswered("b", replica(21, 2));
		assertThat(replicaSince()).containsExactly(null, null);
		this.tracker.replicaFailed("a", PrimaryProblem.REFUSED);
		this.tracker.replicaAnswered("a",
				new ServerSample(30, 33, true, "cluster", REPLICA_RUN + 1, new WalPosition(2, 100), null, false));
		assertThat(replicaSince()).containsExactly(33L, null);
		this.tracker.primaryAnswered(primary(40, PRIMARY_RUN + 1, 3));
		this.tracker.replicaAnswered("a", sample(41, true, "cluster", REPLICA_RUN + 2, 3));
		this.tracker.replicaFailed("a");
		assertThat(replicaSince()).containsExactly(33L, null);
	}

	private List<Long> replicaSince() {
		return this.tracker.status().replicas().stream().map(ReplicaStatus::replicaSince).toList();
	}

	@Test
	void restartIsAnotherRun() {
		ServerSample before = primary(10, PRIMARY_RUN, 1);
		assertThat(this.tracker.whyNotPrimary(before)).isNull();
		this.tracker.primaryAnswered(primary(20, PRIMARY_RUN + 5, 1));
		assertThat(this.tracker.whyNotPrimary(before)).isEqualTo(PrimaryProblem.REFUSED);
	}

	/**
	 * The pool's connections may be older than the monitor's.
	 */
	@Test
	void whatAPoolFindsElsewhereDoesNotMakeThePrimaryUnreachable() {
		assertThat(this.tracker.primarySaid(PrimaryStatus.CONFIGURED, replica(20, 1)))
			.isEqualTo(PrimaryProblem.IN_RECOVERY);
		assertThat(this.tracker.primarySaid(PrimaryStatus.CONFIGURED, sample(21, false, "other", 9, 7)))
			.isEqualTo(PrimaryProblem.FOREIGN_CLUSTER);
		assertPrimary(PrimaryStatus.CONFIGURED, 1);
	}

	private void promote() {
		fail();
		this.tracker.replicaAnswered("a", primary(20, REPLICA_RUN, 2));
	}

	private void fail() {
		this.tracker.primaryFailed(PrimaryProblem.REFUSED);
		this.tracker.primaryFailed(PrimaryProblem.REFUSED);
	}

	private void assertPrimary(String server, int timeline) {
		assertThat(status().reachable()).isTrue();
		assertThat(status().server()).isEqualTo(server);
		assertThat(status().position()).extracting("timeline").isEqualTo(timeline);
	}

	private PrimaryStatus status() {
		return this.tracker.status().primary();
	}

	private static ServerSample primary(long at, int run, int timeline) {
		return sample(at, false, "cluster", run, timeline);
	}

	private static ServerSample replica(long at, int timeline) {
		return sample(at, true, "cluster", REPLICA_RUN, timeline);
	}

	private static ServerSample sample(long at, boolean inRecovery, String cluster, int run, int timeline) {
		return new ServerSample(at, at, inRecovery, cluster, run, new WalPosition(timeline, 100), null, false);
	}

}
