package dev.tidemark.history;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import dev.tidemark.ConsistencyLevel;
import dev.tidemark.app.Servers;
import dev.tidemark.test.PostgresReplica;
import dev.tidemark.test.ReplicatedPostgres;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What {@link HistoryTests} finds to be kept is broken as soon as the mechanism behind it
 * is switched off, and the checkers notice.
 */
class SwitchedOffTests {

	private static final int SESSIONS = 100;

	private static final Duration MAX_STALENESS = Duration.ofSeconds(10);

	private static Servers servers;

	private final AtomicLong seed = new AtomicLong();

	@BeforeAll
	static void start() throws Exception {
		servers = new Servers(ReplicatedPostgres.builder().replicas("replica1", "replica2", "replica3").start());
		Cells.create(servers.postgres().primary());
		servers.postgres().awaitReplicated();
		servers.postgres().replica("replica2").delayReplay(Duration.ofMillis(200));
		servers.postgres().replica("replica3").delayReplay(Duration.ofMillis(800));
	}

	@AfterAll
	static void stop() {
		servers.close();
	}

	@Test
	void usersMissTheirWritesWithoutSharedMarkers() throws Exception {
		History history = historyUntil(new ReadYourWrites(), MAX_STALENESS, "tidemark.marker.store=memory");
		assertThat(new ReadYourWrites().check(history)).extracting((missed) -> missed.read().visitor())
			.containsOnly(false);
		assertThat(new BoundedStaleness().check(history)).isEmpty();
	}

	@Test
	void visitorsMissTheirWritesWithoutTheSameSecret() throws Exception {
		History history = historyUntil(new ReadYourWrites(), MAX_STALENESS, "tidemark.web.token.secret=${random.uuid}");
		assertThat(new ReadYourWrites().check(history)).extracting((missed) -> missed.read().visitor())
			.containsOnly(true);
		assertThat(new BoundedStaleness().check(history)).isEmpty();
	}

	@Test
	void clientsMissTheirWritesWithoutContextPropagation() throws Exception {
		History history = historyUntil(new ReadYourWrites(), MAX_STALENESS,
				"spring.task.execution.propagate-context=false");
		assertThat(new BoundedStaleness().check(history)).isEmpty();
	}

	@Test
	void usersSeeOlderStatesThanBeforeWithoutLevelSession() throws Exception {
		History history = historyUntil(new MonotonicReads(), MAX_STALENESS,
				"tidemark.consistency.default-level=read-your-writes");
		assertThat(new ReadYourWrites().check(history)).isEmpty();
		assertThat(new BoundedStaleness().check(history)).isEmpty();
	}

	@Test
	void readsAreStalerThanTheLimitWithoutMaxStaleness() throws Exception {
		PostgresReplica replica = servers.postgres().replica("replica3");
		replica.pauseReplay();
		try {
			History history = historyUntil(new BoundedStaleness(), Duration.ofSeconds(1),
					"tidemark.consistency.max-staleness=1h", "tidemark.marker.ttl=2h");
			assertThat(new BoundedStaleness().check(history)).extracting((missed) -> missed.read().level())
				.doesNotContain(ConsistencyLevel.BOUNDED_STALENESS);
			assertThat(new ReadYourWrites().check(history)).isEmpty();
			assertThat(new MonotonicReads().check(history)).isEmpty();
		}
		finally {
			replica.resumeReplay();
		}
	}

	/**
	 * Have sessions take place until a checker finds something.
	 */
	private History historyUntil(Checker checker, Duration maxStaleness, String... properties) throws Exception {
		try (Instance first = Instance.start(servers, properties);
				Instance second = Instance.start(servers, properties)) {
			Recorder recorder = new Recorder(new TidemarkBackend(List.of(first, second)), maxStaleness);
			Awaitility.await().atMost(Duration.ofMinutes(1)).pollDelay(Duration.ZERO).until(() -> {
				Run.of(Plan.of(this.seed.incrementAndGet(), SESSIONS, 2), recorder);
				return !checker.check(recorder.history()).isEmpty();
			});
			return recorder.history();
		}
	}

}
