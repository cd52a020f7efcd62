package dev.tidemark.fault.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import dev.tidemark.history.Repeated;

/**
 * Two faults at a time, drawn at random, one pair after the other, while somebody brings
 * bad tokens along. Says which, for the log.
 */
final class RandomPairs implements Fault {

	private static final Duration LASTS = Duration.ofSeconds(3);

	private static final int TOKENS_IN_10_MS = 100;

	private final Bench bench;

	private final Random random;

	private final List<Row> rows;

	private final CompletableFuture<Void> over = new CompletableFuture<>();

	private final Fault badTokens;

	private CompletableFuture<Void> pairs = CompletableFuture.completedFuture(null);

	RandomPairs(Bench bench, Random random, List<Row> rows) {
		this.bench = bench;
		this.random = random;
		this.rows = rows;
		Random tokens = new Random(random.nextLong());
		this.badTokens = Fault.repeated(10, () -> bringBadTokens(tokens), () -> {
		});
	}

	@Override
	public void begin() throws Exception {
		this.badTokens.begin();
		this.pairs = CompletableFuture.runAsync(this::onePairAfterTheOther);
	}

	private void onePairAfterTheOther() {
		try {
			while (!this.over.isDone()) {
				haveHappen(pair());
			}
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void haveHappen(Fault pair) throws Exception {
		try {
			pair.begin();
			pair.last(LASTS);
		}
		catch (Exception ex) {
			try {
				pair.end();
			}
			catch (Exception also) {
				ex.addSuppressed(also);
			}
			throw ex;
		}
		pair.end();
	}

	private Fault pair() {
		while (true) {
			Draw draw = new Draw(this.bench, this.random);
			Row one = draw.either(this.rows);
			Fault first = one.fault().apply(this.bench, draw);
			Row other = draw.either(this.rows);
			Fault second = other.fault().apply(this.bench, draw);
			if (!draw.clashes()) {
				System.out.println(Instant.now() + " " + one.number() + " and " + other.number());
				return first.with(second);
			}
		}
	}

	/**
	 * Ends at once if a pair can't be had.
	 */
	@Override
	public void last(Duration duration) throws Exception {
		try {
			this.pairs.get(duration.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			// As long as it was to last.
		}
	}

	private void bringBadTokens(Random tokens) {
		for (int i = 0; i < TOKENS_IN_10_MS; i++) {
			this.bench.bring(Long.toString(tokens.nextLong(), 36).repeat(4));
		}
	}

	@Override
	public void end() throws Exception {
		this.over.complete(null);
		this.pairs.get(2, TimeUnit.MINUTES);
		this.badTokens.end();
	}

}
