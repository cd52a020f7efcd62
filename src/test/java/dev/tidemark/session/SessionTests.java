package dev.tidemark.session;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

import dev.tidemark.marker.MarkerReading;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Session}.
 */
class SessionTests {

	private static final WalPosition LOW = new WalPosition(1, 100);

	private static final WalPosition HIGH = new WalPosition(1, 200);

	private final List<String> asked = new ArrayList<>();

	private Set<String> topics = Set.of();

	private MarkerReading marker = new MarkerReading(true, LOW, null);

	private final FenceSource source = new FenceSource() {

		@Override
		public CompletableFuture<MarkerReading> markers(Set<String> names) {
			SessionTests.this.asked.add(String.join(" ", names).replace("\0about ", "@"));
			return CompletableFuture.completedFuture(SessionTests.this.marker);
		}

		@Override
		public TokenReading token(String token, @Nullable String userKey) {
			SessionTests.this.asked.add(token + " of " + userKey);
			if (token.startsWith("seat")) {
				return new TokenReading(true, false, Integer.parseInt(token.substring(4)),
						CompletableFuture.completedFuture(MarkerReading.NONE));
			}
			return new TokenReading(true, true, Visitor.NO_SEAT,
					CompletableFuture.completedFuture(new MarkerReading(true, WalPosition.decode(token), null)));
		}

	};

	private MarkerReading fence(Session session) {
		return session.fence(this.topics, this.source).join();
	}

	@Test
	void tokensRaiseTheFence() {
		Session session = Session.brief(() -> null);
		session.resume(LOW.encode());
		assertThat(fence(session).fence()).isEqualTo(LOW);
		session.resume(HIGH.encode());
		assertThat(fence(session).fence()).isEqualTo(HIGH);
	}

	@Test
	void tokenIsReadOncePerUser() {
		AtomicReference<String> user = new AtomicReference<>();
		Session session = Session.brief(user::get);
		session.resume(HIGH.encode());
		fence(session);
		fence(session);
		user.set("alice");
		fence(session);
		fence(session);
		assertThat(this.asked).containsExactly(HIGH.encode() + " of null", "alice", HIGH.encode() + " of alice");
	}

	@Test
	void knownFenceAsksForNoMarker() {
		Session session = Session.brief(() -> "alice");
		assertThat(session.knownFence(this.source).join().fence()).isNull();
		assertThat(this.asked).isEmpty();
		fence(session);
		this.marker = MarkerReading.NONE;
		assertThat(session.knownFence(this.source).join().fence()).isEqualTo(LOW);
		session.wrote(HIGH);
		assertThat(session.knownFence(this.source).join().fence()).isEqualTo(HIGH);
		assertThat(this.asked).containsExactly("alice");
	}

	@Test
	void unknownMarkerStaysUnknownBesideToken() {
		this.marker = MarkerReading.UNKNOWN;
		Session session = Session.brief(() -> "alice");
		session.resume(HIGH.encode());
		assertThat(fence(session).known()).isFalse();
	}

	@Test
	void sessionWithoutUserNeedsNoMarker() {
		Session session = Session.brief(() -> null);
		assertThat(fence(session)).isEqualTo(MarkerReading.NONE);
		assertThat(this.asked).isEmpty();
	}

	@Test
	void sessionWithoutUserSeesItsOwnWrites() {
		Session session = Session.brief(() -> null);
		session.wrote(HIGH);
		assertThat(fence(session).fence()).isEqualTo(HIGH);
	}

	@Test
	void briefSessionAsksOnceForAUser() {
		Session session = Session.brief(() -> "alice");
		assertThat(fence(session).fence()).isEqualTo(LOW);
		assertThat(fence(session).fence()).isEqualTo(LOW);
		assertThat(this.asked).containsExactly("alice");
	}

	@Test
	void markerThatWasAskedForEarlyIsNotAskedForAgain() {
		Session session = Session.brief(() -> "alice");
		session.prefetch(this.source);
		assertThat(fence(session).fence()).isEqualTo(LOW);
		Session.lasting(() -> "alice").prefetch(this.source);
		assertThat(this.asked).containsExactly("alice");
	}

	@Test
	void writeInTheSameUnitNeedsNoQuestion() {
		Session session = Session.brief(() -> "alice");
		session.wrote(HIGH);
		assertThat(fence(session).fence()).isEqualTo(HIGH);
		assertThat(this.asked).isEmpty();
	}

	@Test
	void writeInTheSameUnitSaysNothingOfTopics() {
		Session session = Session.brief(() -> "alice");
		session.wrote(LOW);
		this.topics = Set.of("post:1");
		this.marker = new MarkerReading(true, HIGH, null);
		assertThat(fence(session).fence()).isEqualTo(HIGH);
	}

	@Test
	void latestReadOfThePrimaryIsNotForgotten() {
		Session session = Session.brief(() -> "alice");
		session.sawPrimary(2);
		session.sawPrimary(1);
		assertThat(session.sawPrimaryAt()).isEqualTo(2);
		session.settled(1L);
		assertThat(session.sawPrimaryAt()).isEqualTo(2);
		session.settled(2L);
		assertThat(session.sawPrimaryAt()).isNull();
	}

	@Test
	void sessionOfTheSameUserInsideRaisesTheFence() {
		Session session = Session.brief(() -> "alice");
		Session ofAnother = Session.lasting(() -> "bob");
		ofAnother.wrote(HIGH);
		session.takeOver(ofAnother);
		assertThat(fence(session).fence()).isEqualTo(LOW);
		Session ofTheSame = Session.lasting(() -> "alice");
		ofTheSame.saw(HIGH);
		ofTheSame.sawPrimary(1);
		session.takeOver(ofTheSame);
		assertThat(fence(session).fence()).isEqualTo(HIGH);
		assertThat(session.sawPrimaryAt()).isEqualTo(1);
	}

	@Test
	void userWhoIsNotKnownFailsNothingThatIsDone() {
		Session session = Session.lasting(() -> {
			throw new IllegalStateException("no request");
		});
		Session inside = Session.lasting(() -> "alice");
		inside.wrote(HIGH);
		session.takeOver(inside);
		session.wrote(LOW);
		inside.takeOver(session);
		assertThat(session.handOver().userKey()).isNull();
		assertThat(session.lastWrite()).isEqualTo(LOW);
	}

	@Test
	void userAndTopicsAreAskedForTogether() {
		this.topics = new LinkedHashSet<>(List.of("post:1", "post:2"));
		fence(Session.brief(() -> "alice"));
		fence(Session.brief(() -> null));
		assertThat(this.asked).containsExactly("alice @post:1 @post:2", "@post:1 @post:2");
	}

	@Test
	void briefSessionAsksForWhatItDoesNotKnowYet() {
		Session session = Session.brief(() -> "alice");
		fence(session);
		this.topics = Set.of("post:1");
		this.marker = new MarkerReading(true, HIGH, null);
		assertThat(fence(session).fence()).isEqualTo(HIGH);
		this.topics = Set.of();
		fence(session);
		assertThat(this.asked).containsExactly("alice", "@post:1");
	}

	@Test
	void lastingSessionAsksEachTime() {
		Session session = Session.lasting(() -> "alice");
		fence(session);
		this.marker = new MarkerReading(true, HIGH, null);
		assertThat(fence(session).fence()).isEqualTo(HIGH);
		assertThat(this.asked).containsExactly("alice", "alice");
	}

	@Test
	void userWhoLogsInDuringABriefSessionIsAskedFor() {
		AtomicReference<String> user = new AtomicReference<>("visitor");
		Session session = Session.brief(user::get);
		fence(session);
		user.set("alice");
		this.marker = new MarkerReading(true, HIGH, null);
		assertThat(fence(session).fence()).isEqualTo(HIGH);
		assertThat(this.asked).containsExactly("visitor", "alice");
	}

	@Test
	void ownWritesHoldBesideAMarkerThatWasReadBefore() {
		Session session = Session.brief(() -> "alice");
		fence(session);
		session.wrote(HIGH);
		assertThat(fence(session).fence()).isEqualTo(HIGH);
		assertThat(fence(session).written()).isEqualTo(HIGH);
	}

	@Test
	void highestOwnWriteHolds() {
		Session session = Session.brief(() -> null);
		session.wrote(HIGH);
		session.wrote(LOW);
		assertThat(fence(session).fence()).isEqualTo(HIGH);
		session.wrote(new WalPosition(2, 1));
		assertThat(fence(session).fence()).isEqualTo(new WalPosition(2, 1));
	}

	@Test
	void unknownMarkerStaysUnknownBesideOwnWrites() {
		this.marker = MarkerReading.UNKNOWN;
		Session session = Session.brief(() -> "alice");
		fence(session);
		session.wrote(HIGH);
		assertThat(fence(session).known()).isFalse();
	}

	@Test
	void userHasOneHomeEverywhere() {
		assertThat(homeKey(Session.brief(() -> "alice"))).isEqualTo(homeKey(Session.lasting(() -> "alice")))
			.isEqualTo(new HomeKey("alice", true, false));
	}

	@Test
	void visitorKeepsTheSeatOfTheToken() {
		Session session = Session.brief(() -> null);
		session.resume("seat7");
		assertThat(homeKey(session)).isEqualTo(new HomeKey(Visitor.home(7), true, false));
		assertThat(session.seat()).isEqualTo(7);
	}

	@Test
	void visitorWithoutTokenHasAHomeForThisSessionOnly() {
		Session session = Session.brief(() -> null);
		HomeKey home = homeKey(session);
		assertThat(home).isEqualTo(new HomeKey(Visitor.home(session.seat()), false, false));
		assertThat(session.seat()).isBetween(1, 65_535);
		assertThat(homeKey(session)).isEqualTo(home);
		assertThat(homeKey(session.handOver())).isEqualTo(home);
	}

	@Test
	void whoGoesByATokenHasAHomeBeforeThereIsOne() {
		Session session = Session.byToken(() -> null);
		HomeKey home = homeKey(session);
		assertThat(home).isEqualTo(new HomeKey(Visitor.home(session.seat()), false, false));
		session.reads();
		assertThat(session.isKnownByToken()).isTrue();
		Session next = Session.byToken(() -> null);
		next.resume("seat" + session.seat());
		assertThat(homeKey(next)).extracting("name").isEqualTo(Visitor.home(session.seat()));
		assertThat(next.isKnownByToken()).isTrue();
	}

	@Test
	void jobOfNobodyHasNoHome() {
		assertThat(homeKey(Session.lasting(() -> null))).isNull();
	}

	@Test
	void visitorWhoLogsInHasMoved() {
		Session session = Session.brief(() -> "alice");
		session.resume("seat7");
		assertThat(homeKey(session)).isEqualTo(new HomeKey("alice", true, true));
		assertThat(session.seat()).isEqualTo(Visitor.NO_SEAT);
	}

	@Test
	void userWhoLogsOutHasMoved() {
		Session session = Session.brief(() -> null);
		session.resume(HIGH.encode());
		assertThat(homeKey(session)).extracting("moved").isEqualTo(true);
	}

	@Test
	void tokenOfAUserMovesNobody() {
		Session session = Session.brief(() -> "alice");
		session.resume(HIGH.encode());
		assertThat(homeKey(session)).extracting("moved").isEqualTo(false);
	}

	// Their own session is another one after the login.
	@Test
	void tokenOfAVisitorWithASessionIsBoundToNobody() {
		Session session = Session.brief(() -> Visitor.key("4711"));
		assertThat(homeKey(session)).isEqualTo(new HomeKey(Visitor.home(session.seat()), true, false));
		assertThat(session.tokenKey()).isNull();
		session.resume("seat" + session.seat());
		assertThat(homeKey(session)).extracting("moved").isEqualTo(false);
		session.resume("seat" + (session.seat() - 1));
		fence(session);
		assertThat(session.tokenKey()).isNull();
	}

	@Test
	void clientIsGivenATokenWhenItHasNoneAndWhenItMustChange() {
		Session session = Session.brief(() -> null);
		assertThat(session.hasNews()).isFalse();
		session.reads();
		assertThat(session.hasNews()).isTrue();
		session.resume("seat7");
		fence(session);
		assertThat(session.hasNews()).isFalse();
		session.saw(LOW);
		assertThat(session.hasNews()).isTrue();
	}

	private @Nullable HomeKey homeKey(Session session) {
		fence(session);
		return session.homeKey();
	}

	@Test
	void primaryIsRequestedForAllThatFollows() {
		Session session = Session.brief(() -> "alice");
		assertThat(session.isPrimaryRequested()).isFalse();
		session.requestPrimary();
		assertThat(session.isPrimaryRequested()).isTrue();
	}

}
