package dev.tidemark.history;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.tidemark.history.Step.Action;
import dev.tidemark.history.Step.Place;
import org.jspecify.annotations.Nullable;

/**
 * Has sessions take place, many at a time, while somebody who is none of them raises the
 * row that all read.
 */
final class Run {

	private static final int THREADS = 16;

	private static final PlannedSession TICKER = new PlannedSession("ticker", false, List.of());

	private static final Step TICK = new Step(Action.WRITE, Place.SAME_THREAD, 0, Plan.SHARED_ROW, List.of());

	private Run() {
	}

	/**
	 * Perform sessions, and return when all have ended.
	 * @param sessions the sessions
	 * @param recorder performs their steps
	 * @throws Exception if a step failed that must not
	 */
	static void of(List<PlannedSession> sessions, Recorder recorder) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
		AtomicBoolean running = new AtomicBoolean(true);
		try {
			Future<?> ticker = threads.submit(() -> tick(recorder, running));
			for (Future<?> session : threads.invokeAll(tasks(sessions, recorder))) {
				session.get();
			}
			running.set(false);
			ticker.get();
		}
		finally {
			running.set(false);
			threads.shutdownNow();
		}
	}

	private static List<Callable<@Nullable Void>> tasks(List<PlannedSession> sessions, Recorder recorder) {
		List<Callable<@Nullable Void>> tasks = new ArrayList<>();
		for (PlannedSession session : sessions) {
			tasks.add(() -> {
				for (Step step : session.steps()) {
					recorder.perform(session, step);
				}
				return null;
			});
		}
		return tasks;
	}

	private static @Nullable Void tick(Recorder recorder, AtomicBoolean running) throws Exception {
		while (running.get()) {
			recorder.perform(TICKER, TICK);
		}
		return null;
	}

}
