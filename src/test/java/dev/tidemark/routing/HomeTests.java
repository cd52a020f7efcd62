package dev.tidemark.routing;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.PrimaryStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Home}: replica "a" is the user's first, the limit is 100, what happens
 * happens at 1000, and the primary was asked last at 5000.
 */
class HomeTests {

	private static final Duration LIMIT = Duration.ofNanos(100);

	private static final long SAMPLED = 5000;

	private static final long RETURNED = 1000;

	@Test
	void isTheFirstReplica() {
		assertThat(home(PrimaryStatus.CONFIGURED, replica("a", 4000L, null), replica("b", 5000L, null)))
			.isEqualTo(new Home(replica("a", 4000L, null), true, 4100));
	}

	@ParameterizedTest
	@CsvSource({ "1100, b", "1099, a", ", a" })
	void movesToTheNextReplicaWhenThatHoldsAllThatWasSeen(@Nullable Long completeAsOf, String expected) {
		Home home = home("a", replica("a", 5000L, null), replica("b", completeAsOf, null));
		assertThat(home.replica().name()).isEqualTo(expected);
	}

	@Test
	void isTheNextReplicaForAMomentAfterThePrimaryHasSaidThatItIsOne() {
		ReplicaStatus[] order = { replica("a", 5000L, null), replica("b", 1100L, null) };
		assertThat(home(SAMPLED + Home.LEASE, "a", order).replica().name()).isEqualTo("b");
		assertThat(home(SAMPLED + Home.LEASE + 1, "a", order).replica().name()).isEqualTo("a");
	}

	@Test
	void isNotTheNextReplicaWhereNobodyHasSaidThatItIsThePrimary() {
		WalPosition position = new WalPosition(2, 100);
		ReplicaStatus[] order = { replica("a", 5000L, null), replica("b", 1100L, null) };
		PrimaryStatus primary = new PrimaryStatus(true, "1", position, position, "a", 1000L, null, null);
		assertThat(home(SAMPLED, primary, order).replica().name()).isEqualTo("a");
	}

	@Test
	void whatIsReadAtTheNextReplicaIsRememberedAfterThatMoment() {
		Home moved = home("a", replica("a", 5000L, null), replica("b", SAMPLED + Home.LEASE, null));
		assertThat(moved.sureUntil()).isEqualTo(SAMPLED + Home.LEASE);
		Decision decision = new Decision("b", Reason.NO_RECENT_WRITE, Duration.ZERO, false, moved.sureUntil());
		assertThat(decision.isToBeRemembered(SAMPLED + Home.LEASE)).isFalse();
		assertThat(decision.isToBeRemembered(SAMPLED + Home.LEASE + 1)).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "1000, 1100", ", 5000" })
	void whatIsReadIsRememberedFromWhenAReplicaCouldNotServeAnyMore(@Nullable Long completeAsOf, long sureUntil) {
		assertThat(home(PrimaryStatus.CONFIGURED, replica("a", completeAsOf, null)).sureUntil()).isEqualTo(sureUntil);
		assertThat(home("a", replica("a", 5000L, null), replica("b", 1100L, null)).sureUntil()).isEqualTo(1200);
	}

	@Test
	void whatIsReadIsRememberedAtOnceWhereTheHomeIsNoReplicaAnyMore() {
		ReplicaStatus promoted = new ReplicaStatus("a", ReplicaState.NOT_A_REPLICA, new WalPosition(2, 100), SAMPLED,
				SAMPLED, 0);
		assertThat(home("a", promoted, replica("b", null, null)).sureUntil()).isEqualTo(SAMPLED);
	}

	@Test
	void whatIsReadAtTheFirstReplicaIsNotRemembered() {
		Decision atHome = new Decision("a", Reason.NO_RECENT_WRITE, Duration.ZERO, false, null);
		Decision away = new Decision("b", Reason.NO_RECENT_WRITE, Duration.ZERO, true, null);
		assertThat(atHome.isToBeRemembered(SAMPLED)).isFalse();
		assertThat(away.isToBeRemembered(SAMPLED)).isTrue();
	}

	@Test
	void staysWhereThereIsNoNextReplica() {
		assertThat(home("a", replica("a", 5000L, null)).replica().name()).isEqualTo("a");
	}

	@Test
	void isNotMovedByThePromotionOfAnotherReplica() {
		assertThat(home("b", replica("a", 5000L, null), replica("b", 5000L, null)).replica().name()).isEqualTo("a");
	}

	@ParameterizedTest
	@CsvSource({ "0, true", "-1, false", ", false" })
	void isProvenAgainWhenItHoldsAllThatWasSeenWhileItWasThePrimary(@Nullable Long behindLease, boolean proven) {
		Long completeAsOf = (behindLease != null) ? (Long) (RETURNED + Home.LEASE + behindLease) : null;
		Home home = home(PrimaryStatus.CONFIGURED, replica("a", completeAsOf, RETURNED), replica("b", 5000L, null));
		assertThat(home.replica().name()).isEqualTo("a");
		assertThat(home.proven()).isEqualTo(proven);
	}

	@Test
	void nextReplicaThatWasThePrimaryItselfHasToBeProvenToo() {
		long proof = 1101 + Home.LEASE;
		assertThat(home("a", replica("a", null, null), replica("b", proof - 1, 1101L)).proven()).isFalse();
		assertThat(home("a", replica("a", null, null), replica("b", proof, 1101L)).proven()).isTrue();
	}

	private static Home home(String server, ReplicaStatus... order) {
		return home(SAMPLED, server, order);
	}

	private static Home home(long now, String server, ReplicaStatus... order) {
		WalPosition position = new WalPosition(2, 100);
		return home(now, new PrimaryStatus(true, "1", position, position, server, 1000L, SAMPLED, null), order);
	}

	private static Home home(long now, PrimaryStatus primary, ReplicaStatus... order) {
		return Home.of(Stream.of(order).map(ReplicaStatus::name).toList(), new ClusterStatus(primary, List.of(order)),
				LIMIT, now);
	}

	private static ReplicaStatus replica(String name, @Nullable Long completeAsOf, @Nullable Long replicaSince) {
		return new ReplicaStatus(name, ReplicaState.REPLICATING, new WalPosition(2, 100), 5000, completeAsOf, 0,
				replicaSince);
	}

}
