package dev.tidemark.history;

import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.tidemark.history.Step.Action;
import dev.tidemark.history.Step.Place;

/**
 * Raises the row that all read, again and again, so that every state differs from the one
 * before.
 */
final class Ticker implements AutoCloseable {

	private static final PlannedSession SESSION = new PlannedSession("ticker", false, List.of());

	private static final Step TICK = new Step(Action.WRITE, Place.SAME_THREAD, 0, Plan.SHARED_ROW, List.of());

	private final Repeated ticks;

	Ticker(Recorder recorder) {
		this.ticks = Repeated.every(5, TimeUnit.MILLISECONDS, () -> recorder.perform(SESSION, TICK));
	}

	@Override
	public void close() throws Exception {
		this.ticks.close();
	}

}
