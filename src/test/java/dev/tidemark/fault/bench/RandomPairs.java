package dev.tidemark.fault.bench;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;

import dev.tidemark.history.Repeated;

/**
 * Two faults at a time, drawn at random, one pair after the other, while somebody brings
 * bad tokens along.
 */
final class RandomPairs implements Fault {

	private static final Duration LASTS = Duration.ofSeconds(3);

	private static final int TOKENS_IN_10_MS = 100;

	private final Bench bench;

	private final Random random;

	private final List<BiFunction<Bench, Draw, Fault>> faults;

	private final CompletableFuture<Void> over = new CompletableFuture<>();

	private final Fault badTokens;

	private CompletableFuture<Void> pairs = CompletableFuture.completedFuture(null);

	RandomPairs(Bench bench, Random random, List<BiFunction<Bench, Draw, Fault>> faults) {
		this.bench = bench;
		this.random = random;
		this.faults = faults;
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
			Fault pair = one(draw).with(one(draw));
			if (!draw.clashes()) {
				return pair;
			}
		}
	}

	private Fault one(Draw draw) {
		return draw.either(this.faults).apply(this.bench, draw);
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
