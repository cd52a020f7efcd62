package dev.tidemark.history;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

import dev.tidemark.app.Servers;
import dev.tidemark.test.ReplicatedPostgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * RYW, MR and BOUND over thousands of sessions on two instances and three replicas, and
 * what the replicas take off the primary. {@code -Dhistory.sessions=} sets how many
 * sessions, {@code -Dhistory.seed=} takes those of another run.
 */
class HistoryTests {

	private static final int SESSIONS = Integer.getInteger("history.sessions", 10_000);

	private static final int RECIPE_SESSIONS = 2000;

	private static final long SEED = Long.getLong("history.seed", new Random().nextInt(1_000_000));

	private static final Duration MAX_STALENESS = Duration.ofSeconds(2);

	private static Servers servers;

	@BeforeAll
	static void start() {
		servers = new Servers(ReplicatedPostgres.builder().replicas("replica1", "replica2", "replica3").start());
	}

	@AfterAll
	static void stop() {
		servers.close();
	}

	@Test
	void everySessionGetsWhatItIsPromised() throws Exception {
		History history;
		try (Instance first = Instance.start(servers, "tidemark.consistency.max-staleness=" + MAX_STALENESS);
				Instance second = Instance.start(servers, "tidemark.consistency.max-staleness=" + MAX_STALENESS,
						"tidemark.routing.autocommit-reads=replica")) {
			Recorder recorder = new Recorder(new TidemarkBackend(List.of(first, second)), MAX_STALENESS);
			history = history("Tidemark", recorder, SESSIONS);
		}
		assertThat(new ReadYourWrites().check(history)).as("seed " + SEED).isEmpty();
		assertThat(new MonotonicReads().check(history)).as("seed " + SEED).isEmpty();
		assertThat(new BoundedStaleness().check(history)).as("seed " + SEED).isEmpty();
		assertThat(history.reads()).extracting((read) -> read.seen().server())
			.contains("primary", "replica1", "replica2", "replica3");
		assertThat(Offload.measured(history)).isGreaterThan(Offload.ofRecipe(history, Duration.ofSeconds(60)));
	}

	@Test
	void recipeOfTheBlogsBreaksThePromises() throws Exception {
		try (RecipeBackend recipe = new RecipeBackend(servers)) {
			History history = history("The recipe", new Recorder(recipe, MAX_STALENESS), RECIPE_SESSIONS);
			assertThat(new MonotonicReads().check(history)).as("seed " + SEED).isNotEmpty();
		}
	}

	private static History history(String name, Recorder recorder, int sessions) throws Exception {
		Cells.create(servers.postgres().primary());
		servers.postgres().awaitReplicated();
		long start = System.nanoTime();
		try (Weather weather = Weather.over(servers.postgres().replicas(), SEED)) {
			Run.of(Plan.of(SEED, sessions, 2), recorder);
		}
		History history = recorder.history();
		tell(name, sessions, Duration.ofNanos(System.nanoTime() - start), recorder.failedReads(), history);
		return history;
	}

	private static void tell(String name, int sessions, Duration time, Map<String, Long> failed, History history) {
		System.out.printf(Locale.ROOT,
				"%s, %d sessions of seed %d in %d s: %d writes, %d reads, failed by SQLState: %s; "
						+ "violations: %d RYW, %d MR (and %d early), %d BOUND; "
						+ "reads on replicas: %.1f %%, by SETEX wrote:{user} 60: %.1f %%, 5: %.1f %%%n",
				name, sessions, SEED, time.toSeconds(), history.writes().size(), history.reads().size(), failed,
				new ReadYourWrites().check(history).size(), new MonotonicReads().check(history).size(),
				MonotonicReads.early().check(history).size(), new BoundedStaleness().check(history).size(),
				100 * Offload.measured(history), 100 * Offload.ofRecipe(history, Duration.ofSeconds(60)),
				100 * Offload.ofRecipe(history, Duration.ofSeconds(5)));
	}

}
