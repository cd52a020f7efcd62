package dev.tidemark.history;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * For each key the version that may not be missed, as it rises with time.
 */
final class LeastVersions {

	private final Map<Object, TreeMap<Long, Entry>> keys = new HashMap<>();

	private LeastVersions() {
	}

	static LeastVersions of(Stream<Entry> entries) {
		LeastVersions all = new LeastVersions();
		entries.sorted(Comparator.comparingLong(Entry::since)).forEach(all::add);
		return all;
	}

	/**
	 * Entries come in the order of time: one that is not higher changes nothing.
	 */
	private void add(Entry entry) {
		TreeMap<Long, Entry> times = this.keys.computeIfAbsent(entry.key, (key) -> new TreeMap<>());
		Map.Entry<Long, Entry> last = times.lastEntry();
		if (last == null || last.getValue().version < entry.version) {
			times.put(entry.since, entry);
		}
	}

	/**
	 * Return what reads missed.
	 * @param guarantee the name of the guarantee
	 * @param reads the reads
	 * @param key the key for a read and a row
	 * @param time the time for a read at which no version of before may be missed
	 * @return the violations
	 */
	List<Violation> missedBy(String guarantee, Stream<Read> reads, BiFunction<Read, String, Object> key,
			ToLongFunction<Read> time) {
		return reads
			.flatMap((read) -> read.seen()
				.versions()
				.entrySet()
				.stream()
				.map((seen) -> missed(guarantee, read, seen, key.apply(read, seen.getKey()), time.applyAsLong(read)))
				.flatMap(Stream::ofNullable))
			.toList();
	}

	/**
	 * Return the version that may not be missed at a time.
	 * @param key the key
	 * @param time the time
	 * @return the version, zero if there is none
	 */
	long at(Object key, long time) {
		Entry least = entry(key, time);
		return (least != null) ? least.version : 0;
	}

	private @Nullable Entry entry(Object key, long time) {
		Map.Entry<Long, Entry> entry = this.keys.getOrDefault(key, new TreeMap<>()).floorEntry(time);
		return (entry != null) ? entry.getValue() : null;
	}

	private @Nullable Violation missed(String guarantee, Read read, Map.Entry<String, Long> seen, Object key,
			long time) {
		Entry least = entry(key, time);
		return (least != null && least.version > seen.getValue())
				? new Violation(guarantee, read, seen.getKey(), seen.getValue(), least.version, least.because) : null;
	}

	/**
	 * A version that may not be missed.
	 *
	 * @param key of what, and for whom
	 * @param version the version
	 * @param since from when on
	 * @param because what made it visible
	 */
	record Entry(Object key, long version, long since, Object because) {

	}

}
