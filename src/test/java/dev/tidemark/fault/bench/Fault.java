package dev.tidemark.fault.bench;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import dev.tidemark.history.Repeated;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Something that breaks, and is repaired.
 */
interface Fault {

	void begin() throws Exception;

	/**
	 * Let it be.
	 * @param duration for how long
	 */
	default void last(Duration duration) throws Exception {
		Awaitility.await().pollDelay(duration).atMost(duration.plusMinutes(1)).until(() -> true);
	}

	/**
	 * Repair it. Returns when the servers themselves are well again.
	 */
	void end() throws Exception;

	static Fault of(Repeated.Action begin, Repeated.Action end) {
		return new Fault() {

			@Override
			public void begin() throws Exception {
				begin.perform();
			}

			@Override
			public void end() throws Exception {
				end.perform();
			}

		};
	}

	/**
	 * Something that happens again and again until it is repaired.
	 */
	static Fault repeated(long everyMillis, Repeated.Action action, Repeated.Action end) {
		return new Fault() {

			private @Nullable Repeated repeated;

			@Override
			public void begin() {
				this.repeated = Repeated.every(everyMillis, TimeUnit.MILLISECONDS, action);
			}

			@Override
			public void end() throws Exception {
				if (this.repeated != null) {
					this.repeated.close();
				}
				end.perform();
			}

		};
	}

	/**
	 * Two faults at a time.
	 */
	default Fault with(Fault other) {
		return of(() -> {
			begin();
			other.begin();
		}, () -> {
			other.end();
			end();
		});
	}

}
