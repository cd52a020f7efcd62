package dev.tidemark.marker;

import java.util.Set;

import dev.tidemark.marker.StoreState.Answering;
import dev.tidemark.marker.StoreState.Answers;
import dev.tidemark.marker.StoreState.Away;
import dev.tidemark.marker.StoreState.Limits;
import dev.tidemark.marker.StoreState.Trusted;
import dev.tidemark.marker.StoreState.Unasked;
import dev.tidemark.wal.WalPosition;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StoreState}.
 */
class StoreStateTests {

	private static final Limits LIMITS = new Limits(600, 400);

	private static final StoreTrust TRUST = new StoreTrust(Set.of("epoch"), 0, new WalPosition(1, 1), 5);

	private static final Answers ANSWERS = new Answers(5000, 10);

	private static final Trusted TRUSTED = new Trusted(TRUST, ANSWERS);

	@Test
	void storeThatAnswersTheFirstQuestionMayBeTrustedAtOnce() {
		StoreState state = new Unasked();
		assertThat(state.isWritable()).isFalse();
		assertThat(state.mayBeTrusted(10)).isFalse();
		StoreState answered = state.answered(8, 10, LIMITS);
		assertThat(answered).isEqualTo(new Answering(new Answers(8, 10)));
		assertThat(answered.isWritable()).isTrue();
		assertThat(answered.mayBeTrusted(10)).isTrue();
	}

	@Test
	void storeIsAwayForAsLongAsItWasAskedInVain() {
		StoreState state = new Unasked().askedInVain(10);
		assertThat(state).isEqualTo(new Away(10, 10, null));
		assertThat(state.isAwayFor(0)).isFalse();
		assertThat(state.askedInVain(14).isAwayFor(3)).isTrue();
		assertThat(state.askedInVain(14).isAwayFor(4)).isFalse();
		assertThat(state.isWritable()).isFalse();
		assertThat(state.mayBeTrusted(100_000)).isFalse();
		assertThat(state.trust()).isNull();
	}

	@Test
	void storeThatIsBackIsWritableAtOnceAndTrustedLater() {
		StoreState state = new Unasked().askedInVain(10).answered(2000, 2005, LIMITS);
		assertThat(state.isWritable()).isTrue();
		assertThat(state.isAwayFor(0)).isFalse();
		assertThat(state.trust()).isNull();
		assertThat(state.mayBeTrusted(2404)).isFalse();
		assertThat(state.mayBeTrusted(2405)).isTrue();
		StoreState again = state.answered(2400, 2405, LIMITS);
		assertThat(again).isEqualTo(new Answering(new Answers(2400, 2405)));
		assertThat(again.mayBeTrusted(2405)).isTrue();
	}

	@Test
	void storeThatWasLostForLessThanAnybodyStopsToHoldMayBeTrustedAtOnce() {
		StoreState lost = TRUSTED.distrusted(5100);
		assertThat(lost).isEqualTo(new Away(5100, 5100, ANSWERS));
		assertThat(lost.answered(5590, 5599, LIMITS).mayBeTrusted(5599)).isTrue();
		StoreState late = lost.answered(5590, 5600, LIMITS);
		assertThat(late.mayBeTrusted(5999)).isFalse();
		assertThat(late.mayBeTrusted(6000)).isTrue();
	}

	// Who was to find it in the meantime may not have.
	@Test
	void lossWhileOthersLookForItBeginsTheWaitAnew() {
		StoreState back = new Unasked().askedInVain(10).answered(2000, 2000, LIMITS);
		for (StoreState lost : new StoreState[] { back.askedInVain(2050), back.distrusted(2050) }) {
			assertThat(lost).isEqualTo(new Away(2050, 2050, null));
			StoreState again = lost.answered(2100, 2100, LIMITS);
			assertThat(again.mayBeTrusted(2499)).isFalse();
			assertThat(again.mayBeTrusted(2500)).isTrue();
		}
	}

	@Test
	void shortLossBehindTheWaitBeginsNoOther() {
		StoreState found = new Unasked().askedInVain(10).answered(2000, 2000, LIMITS).answered(2400, 2400, LIMITS);
		StoreState lost = found.askedInVain(2450);
		assertThat(lost.answered(2500, 2500, LIMITS).mayBeTrusted(2500)).isTrue();
	}

	// The store was up for a moment, and again.
	@Test
	void gapBetweenAnswersBeginsTheWaitAnew() {
		StoreState back = new Unasked().askedInVain(10).answered(2000, 2000, LIMITS);
		StoreState gap = back.answered(2100, 2600, LIMITS);
		assertThat(gap.mayBeTrusted(2999)).isFalse();
		assertThat(gap.mayBeTrusted(3000)).isTrue();
	}

	@Test
	void storeThatIsTrustedIsNotDoubtedForAQuestionOfBefore() {
		assertThat(TRUSTED.askedInVain(7)).isEqualTo(TRUSTED);
		assertThat(TRUSTED.isWritable()).isTrue();
		assertThat(TRUSTED.trust()).isEqualTo(TRUST);
		assertThat(TRUSTED.isAwayFor(0)).isFalse();
	}

	@Test
	void storeThatMayBeTrustedIs() {
		StoreState before = new Answering(new Answers(4000, 10));
		assertThat(new Answering(ANSWERS).trusted(TRUST, before)).isEqualTo(TRUSTED);
		StoreState anew = new Answering(new Answers(5000, 5400));
		assertThat(anew.trusted(TRUST, before)).isEqualTo(anew);
		StoreState away = new Away(1, 2, ANSWERS);
		assertThat(away.trusted(TRUST, before)).isEqualTo(away);
	}

	@Test
	void trustLastsForAsLongAsNobodyStopsToHoldAnything() {
		assertThat(TRUSTED.isOverdue(5599, LIMITS)).isFalse();
		assertThat(TRUSTED.isOverdue(5600, LIMITS)).isTrue();
		StoreState heardOf = TRUSTED.answered(5100, 5110, LIMITS);
		assertThat(heardOf).isEqualTo(new Trusted(TRUST, new Answers(5100, 10)));
		assertThat(heardOf.isOverdue(5600, LIMITS)).isFalse();
		assertThat(new Answering(ANSWERS).isOverdue(100_000, LIMITS)).isFalse();
	}

	@Test
	void storeIsAskedAgainWhenItMayBeTrusted() {
		StoreState away = new Unasked().askedInVain(10);
		assertThat(away.untilNextQuestion(20, 100, LIMITS)).isEqualTo(100);
		StoreState back = away.answered(2000, 2000, LIMITS);
		assertThat(back.untilNextQuestion(2000, 100, LIMITS)).isEqualTo(100);
		assertThat(back.untilNextQuestion(2350, 100, LIMITS)).isEqualTo(50);
		assertThat(back.untilNextQuestion(2400, 100, LIMITS)).isEqualTo(100);
	}

}
