package dev.tidemark.marker;

import java.util.Set;

import dev.tidemark.marker.StoreState.Away;
import dev.tidemark.marker.StoreState.Back;
import dev.tidemark.marker.StoreState.Trusted;
import dev.tidemark.marker.StoreState.Unasked;
import dev.tidemark.wal.WalPosition;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StoreState}.
 */
class StoreStateTests {

	private static final StoreTrust TRUST = new StoreTrust(Set.of("epoch"), 0, new WalPosition(1, 1), 5);

	@Test
	void storeThatAnswersTheFirstQuestionIsTrustedAtOnce() {
		StoreState state = new Unasked();
		assertThat(state.isWritable()).isFalse();
		assertThat(state.trust()).isNull();
		assertThat(state.answered(7)).isEqualTo(state);
		assertThat(state.mayBeTrusted(7, 300)).isTrue();
	}

	@Test
	void storeIsAwayForAsLongAsItWasAskedInVain() {
		StoreState state = new Unasked().askedInVain(10);
		assertThat(state).isEqualTo(new Away(10, 10));
		assertThat(state.askedInVain(14).isAwayFor(3)).isTrue();
		assertThat(state.askedInVain(14).isAwayFor(4)).isFalse();
		assertThat(state.isWritable()).isFalse();
		assertThat(state.trust()).isNull();
		assertThat(state.mayBeTrusted(1000, 1)).isFalse();
	}

	@Test
	void storeThatIsBackIsWrittenAtOnceAndTrustedLater() {
		StoreState state = new Away(10, 2000).answered(2005);
		assertThat(state).isEqualTo(new Back(2005));
		assertThat(state.answered(2100)).isEqualTo(state);
		assertThat(state.isWritable()).isTrue();
		assertThat(state.trust()).isNull();
		assertThat(state.isAwayFor(0)).isFalse();
		assertThat(state.mayBeTrusted(2304, 300)).isFalse();
		assertThat(state.mayBeTrusted(2305, 300)).isTrue();
	}

	@Test
	void storeThatIsBackForAMomentIsAwayFromAnew() {
		assertThat(new Back(2005).askedInVain(2100)).isEqualTo(new Away(2100, 2100));
	}

	@Test
	void storeThatIsTrustedIsNotDoubtedForAQuestionOfBefore() {
		StoreState state = new Trusted(TRUST);
		assertThat(state.askedInVain(7)).isEqualTo(state);
		assertThat(state.answered(7)).isEqualTo(state);
		assertThat(state.isWritable()).isTrue();
		assertThat(state.trust()).isEqualTo(TRUST);
		assertThat(state.isAwayFor(0)).isFalse();
	}

}
