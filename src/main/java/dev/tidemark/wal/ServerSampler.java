package dev.tidemark.wal;

import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Lets any number of callers share one question to a server. Thread-safe.
 */
final class ServerSampler {

	private final ServerProbe probe;

	private final Executor executor;

	private final Consumer<ServerSample> onAnswer;

	private final Consumer<Exception> onFailure;

	private final AtomicReference<@Nullable CompletableFuture<ServerSample>> underWay = new AtomicReference<>();

	private volatile long askedAt;

	private volatile long lastTime;

	private volatile boolean closed;

	ServerSampler(ServerProbe probe, Executor executor, Consumer<ServerSample> onAnswer,
			Consumer<Exception> onFailure) {
		this.probe = probe;
		this.executor = executor;
		this.onAnswer = onAnswer;
		this.onFailure = onFailure;
	}

	/**
	 * Ask the server, or join the question that is under way.
	 * @return the answer; known to the callbacks before it completes
	 */
	CompletableFuture<ServerSample> ask() {
		CompletableFuture<ServerSample> mine = new CompletableFuture<>();
		while (true) {
			CompletableFuture<ServerSample> other = this.underWay.get();
			if (other != null) {
				return other;
			}
			if (this.underWay.compareAndSet(null, mine)) {
				start(mine);
				return mine;
			}
		}
	}

	/**
	 * Ask the server with a question that is sent after this call, not before.
	 * @return the answer
	 */
	CompletableFuture<ServerSample> askAnew() {
		CompletableFuture<ServerSample> other = this.underWay.get();
		return (other != null) ? other.handle((sample, ex) -> ask()).thenCompose((next) -> next) : ask();
	}

	/**
	 * Return how long the server took for its last answer, or takes for the next one if
	 * that is longer.
	 * @param now the current {@link System#nanoTime()}
	 * @return nanoseconds
	 */
	long answerTime(long now) {
		return (this.underWay.get() != null) ? Math.max(this.lastTime, now - this.askedAt) : this.lastTime;
	}

	/**
	 * Return when the latest question was sent, by {@link System#nanoTime()}.
	 */
	long askedAt() {
		return this.askedAt;
	}

	private void start(CompletableFuture<ServerSample> answer) {
		this.askedAt = System.nanoTime();
		try {
			this.executor.execute(() -> run(answer));
		}
		catch (RejectedExecutionException ex) {
			this.underWay.set(null);
			answer.completeExceptionally(ex);
		}
	}

	private void run(CompletableFuture<ServerSample> answer) {
		try {
			ServerSample sample = this.probe.ask();
			this.lastTime = sample.answeredAt() - sample.requestedAt();
			this.onAnswer.accept(sample);
			this.underWay.set(null);
			answer.complete(sample);
		}
		catch (SQLException | RuntimeException ex) {
			if (!this.closed) {
				this.onFailure.accept(ex);
			}
			this.underWay.set(null);
			answer.completeExceptionally(ex);
		}
	}

	/**
	 * Have the next question sent on a new connection. Called by the thread that has the
	 * answer.
	 */
	void reconnect() {
		this.probe.reconnect();
	}

	@Nullable String address() {
		return this.probe.address();
	}

	/**
	 * Cut off the question that is under way. That it fails then says nothing about the
	 * server.
	 */
	void close() {
		this.closed = true;
		this.probe.close();
	}

}
