package dev.tidemark.history;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/**
 * Has sessions take place, many at a time, while somebody who is none of them raises the
 * row that all read.
 */
final class Run {

	private static final int THREADS = 16;

	private Run() {
	}

	/**
	 * Perform sessions, and return when all have ended.
	 * @param sessions the sessions
	 * @param recorder performs their steps
	 * @throws Exception if a step failed that must not
	 */
	static void of(List<PlannedSession> sessions, Recorder recorder) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try (Ticker ticker = new Ticker(recorder)) {
			for (Future<?> session : threads.invokeAll(tasks(sessions, recorder))) {
				session.get();
			}
		}
		finally {
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

}
