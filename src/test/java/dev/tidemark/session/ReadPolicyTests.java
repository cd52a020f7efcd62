package dev.tidemark.session;

import java.time.Duration;
import java.util.Set;

import dev.tidemark.ConsistencyLevel;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ReadPolicy}.
 */
class ReadPolicyTests {

	private static final ReadPolicy EVENTUAL = new ReadPolicy(ConsistencyLevel.EVENTUAL, Duration.ofSeconds(1), null,
			Set.of());

	private static final ReadPolicy PRIMARY = new ReadPolicy(ConsistencyLevel.PRIMARY, null, null, Set.of());

	private static final ReadPolicy DECISION = new ReadPolicy(null, null, "reserve()", Set.of());

	@Test
	void innerLevelWinsWithItsLimit() {
		assertThat(PRIMARY.inside(EVENTUAL)).isEqualTo(PRIMARY);
		assertThat(EVENTUAL.inside(PRIMARY)).isEqualTo(EVENTUAL);
	}

	@Test
	void outerPolicyHoldsWhereTheInnerOneAsksNothing() {
		assertThat(ReadPolicy.DEFAULT.inside(EVENTUAL)).isEqualTo(EVENTUAL);
		assertThat(ReadPolicy.DEFAULT.inside(DECISION)).isEqualTo(DECISION);
		assertThat(EVENTUAL.inside(ReadPolicy.DEFAULT)).isEqualTo(EVENTUAL);
	}

	@Test
	void nothingInsideADecisionWeakensIt() {
		assertThat(EVENTUAL.inside(DECISION).decisionMethod()).isEqualTo("reserve()");
		assertThat(PRIMARY.inside(EVENTUAL.inside(DECISION)).decisionMethod()).isEqualTo("reserve()");
		assertThat(new ReadPolicy(null, null, "inner()", Set.of()).inside(DECISION).decisionMethod())
			.isEqualTo("reserve()");
	}

	@Test
	void decisionInsideAnotherLevelHolds() {
		assertThat(DECISION.inside(EVENTUAL))
			.isEqualTo(new ReadPolicy(ConsistencyLevel.EVENTUAL, Duration.ofSeconds(1), "reserve()", Set.of()));
	}

}
