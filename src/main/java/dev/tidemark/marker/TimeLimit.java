package dev.tidemark.marker;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How long an answer is waited for. Immutable and thread-safe.
 *
 * @param duration the time
 */
record TimeLimit(Duration duration) {

	/**
	 * Ask a question.
	 * @param question asks it
	 * @return completes exceptionally if there is no answer in time, or asking has failed
	 */
	<T> CompletableFuture<T> ask(Supplier<? extends CompletionStage<T>> question) {
		try {
			return question.get()
				.toCompletableFuture()
				.thenApply(Function.<T>identity())
				.orTimeout(this.duration.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (Throwable ex) {
			// Whatever it is, a commit stands, and a store is asked again.
			return CompletableFuture.failedFuture(ex);
		}
	}

	/**
	 * Return why there is no answer, for people.
	 */
	static String causeOf(Throwable ex) {
		Throwable cause = (ex instanceof CompletionException && ex.getCause() != null) ? ex.getCause() : ex;
		return (cause instanceof TimeoutException) ? "it did not answer in time" : cause.toString();
	}

}
