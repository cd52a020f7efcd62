package dev.tidemark.session;

import java.util.concurrent.CompletableFuture;

import java.util.Set;

import dev.tidemark.ConsistencyLevel;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link SessionContext} and {@link ContextConsistencySession}.
 */
class SessionContextTests {

	private static final ReadPolicy EVENTUAL = new ReadPolicy(ConsistencyLevel.EVENTUAL, null, null, Set.of());

	private static final ReadPolicy DECISION = new ReadPolicy(null, null, "reserve()", Set.of());

	private final SessionContext context = new SessionContext(() -> "nobody");

	private final ContextConsistencySession sessions = new ContextConsistencySession(this.context, () -> "",
			(session) -> {
			});

	@Test
	void threadHasASessionOfItsOwn() {
		Session own = this.context.session();
		assertThat(own.userKey()).isEqualTo("nobody");
		assertThat(this.context.session()).isSameAs(own);
		assertThat(CompletableFuture.supplyAsync(this.context::session).join()).isNotSameAs(own);
	}

	@Test
	void openSessionIsCurrentOnItsThreadUntilItIsClosed() {
		Session own = this.context.session();
		Session outer = Session.brief(() -> "alice");
		Session inner = Session.brief(() -> "bob");
		try (Scope first = this.context.open(outer)) {
			assertThat(this.context.session()).isSameAs(outer);
			assertThat(CompletableFuture.supplyAsync(this.context::session).join()).isNotSameAs(outer);
			try (Scope second = this.context.open(inner)) {
				assertThat(this.context.session()).isSameAs(inner);
			}
			assertThat(this.context.session()).isSameAs(outer);
		}
		assertThat(this.context.session()).isSameAs(own);
	}

	@Test
	void policyHoldsInsideThoseAroundItUntilItIsClosed() {
		assertThat(this.context.policy()).isEqualTo(ReadPolicy.DEFAULT);
		try (Scope outer = this.context.apply(DECISION)) {
			try (Scope inner = this.context.apply(EVENTUAL)) {
				assertThat(this.context.policy()).isEqualTo(EVENTUAL.inside(DECISION));
			}
			assertThat(this.context.policy()).isEqualTo(DECISION);
		}
		assertThat(this.context.policy()).isEqualTo(ReadPolicy.DEFAULT);
	}

	@Test
	void runsAsAUser() throws Exception {
		assertThat(this.sessions.callAs("alice", () -> this.context.session().userKey())).isEqualTo("alice");
		this.sessions.runAs("alice", () -> assertThat(this.context.session().userKey()).isEqualTo("alice"));
		assertThat(this.context.session().userKey()).isEqualTo("nobody");
	}

	@Test
	void leavesNothingBehindAfterAnException() {
		assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> this.sessions.callAs("alice", () -> {
			throw new InterruptedException();
		}));
		assertThatIllegalStateException().isThrownBy(() -> this.sessions.runAs("alice", () -> {
			throw new IllegalStateException();
		}));
		assertThat(this.context.session().userKey()).isEqualTo("nobody");
	}

}
