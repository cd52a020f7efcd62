package dev.tidemark.history;

import java.util.List;
import java.util.Locale;

/**
 * What was written and seen.
 *
 * @param writes the writes, in no order
 * @param reads the reads, in no order
 */
public record History(List<Write> writes, List<Read> reads) {

	static String millis(long nanos) {
		return String.format(Locale.ROOT, "%.3f ms", nanos / 1e6);
	}

}
