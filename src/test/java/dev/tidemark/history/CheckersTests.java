package dev.tidemark.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.tidemark.ConsistencyLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The checkers find what is planted in histories written by hand, and nothing else. Times
 * are in milliseconds.
 */
class CheckersTests {

	private final List<Write> writes = new ArrayList<>();

	private final List<Read> reads = new ArrayList<>();

	private void write(String client, String row, long version, long start, long acknowledged) {
		this.writes.add(new Write(client, row, version, nanos(start), nanos(acknowledged), 0));
	}

	private void readOnPrimary(String client, Map<String, Long> versions, long start, long end) {
		this.reads.add(new Read(client, false, false, ConsistencyLevel.SESSION, Duration.ofSeconds(1),
				new Read.Seen(versions, "primary", false), nanos(start), nanos(end), 1));
	}

	private Read read(String client, ConsistencyLevel level, Map<String, Long> versions, long start, long end) {
		return read(client, false, level, 1000, versions, start, end);
	}

	private Read read(String client, boolean visitor, ConsistencyLevel level, long limit, Map<String, Long> versions,
			long start, long end) {
		Read read = new Read(client, visitor, false, level, Duration.ofMillis(limit),
				new Read.Seen(versions, "replica1", true), nanos(start), nanos(end), 1);
		this.reads.add(read);
		return read;
	}

	private static long nanos(long millis) {
		return Duration.ofMillis(millis).toNanos();
	}

	private List<Violation> check(Checker checker) {
		return checker.check(new History(this.writes, this.reads));
	}

	@ParameterizedTest
	@EnumSource(names = { "READ_YOUR_WRITES", "SESSION", "PRIMARY" })
	void ownWriteIsMissed(ConsistencyLevel level) {
		write("alice", "a", 1, 0, 10);
		write("alice", "a", 2, 20, 30);
		Read read = read("alice", level, Map.of("a", 1L), 30, 40);
		assertThat(check(new ReadYourWrites())).containsExactly(
				new Violation("RYW", read, "a", 1, 2, new Write("alice", "a", 2, nanos(20), nanos(30), 0)));
	}

	@Test
	void visitorMissesOwnWrite() {
		write("visitor", "a", 1, 0, 10);
		read("visitor", true, ConsistencyLevel.SESSION, 1000, Map.of("a", 0L), 11, 12);
		assertThat(check(new ReadYourWrites())).hasSize(1);
	}

	@Test
	void lowerVersionAcknowledgedLaterHidesNothing() {
		write("alice", "a", 2, 0, 10);
		write("alice", "a", 1, 0, 20);
		read("alice", ConsistencyLevel.SESSION, Map.of("a", 1L), 30, 40);
		assertThat(check(new ReadYourWrites())).extracting(Violation::expected).containsExactly(2L);
	}

	@Test
	void whatReadYourWritesDoesNotPromiseIsNoViolation() {
		write("alice", "a", 1, 0, 10);
		write("alice", "a", 2, 20, 30);
		write("bob", "a", 3, 20, 30);
		read("alice", ConsistencyLevel.SESSION, Map.of("a", 1L), 29, 40);
		read("alice", ConsistencyLevel.SESSION, Map.of("a", 2L), 30, 40);
		read("carol", ConsistencyLevel.SESSION, Map.of("a", 0L), 50, 60);
		read("alice", ConsistencyLevel.EVENTUAL, Map.of("a", 0L), 50, 60);
		read("alice", ConsistencyLevel.BOUNDED_STALENESS, Map.of("a", 0L), 50, 60);
		assertThat(check(new ReadYourWrites())).isEmpty();
	}

	@Test
	void rowFalls() {
		Read before = read("alice", ConsistencyLevel.SESSION, Map.of("a", 5L, "b", 1L), 0, 10);
		Read read = read("alice", ConsistencyLevel.SESSION, Map.of("a", 4L, "b", 2L), 10, 20);
		assertThat(check(new MonotonicReads()))
			.containsExactly(new Violation("MR", read, "a", 4, 5, before + " saw a=5"));
	}

	@Test
	void rowFallsBehindWhatWasReadOnThePrimary() {
		read("alice", ConsistencyLevel.PRIMARY, Map.of("a", 5L), 0, 10);
		read("alice", ConsistencyLevel.SESSION, Map.of("a", 4L), 11, 20);
		assertThat(check(new MonotonicReads())).hasSize(1);
	}

	@Test
	void readOnThePrimaryMissesWhatWasAcknowledged() {
		write("bob", "a", 4, 0, 5);
		write("bob", "a", 5, 5, 10);
		read("alice", ConsistencyLevel.SESSION, Map.of("a", 5L), 0, 8);
		readOnPrimary("alice", Map.of("a", 4L), 10, 20);
		assertThat(check(new MonotonicReads())).hasSize(1);
		assertThat(check(MonotonicReads.early())).isEmpty();
	}

	@Test
	void readOnThePrimaryBeforeTheAcknowledgementIsNoViolation() {
		write("bob", "a", 4, 0, 5);
		write("bob", "a", 5, 5, 10);
		read("alice", ConsistencyLevel.SESSION, Map.of("a", 5L), 0, 8);
		readOnPrimary("alice", Map.of("a", 4L), 9, 20);
		assertThat(check(new MonotonicReads())).isEmpty();
		assertThat(check(MonotonicReads.early())).hasSize(1);
		readOnPrimary("alice", Map.of("a", 3L), 9, 20);
		assertThat(check(new MonotonicReads())).hasSize(1);
	}

	@Test
	void whatMonotonicReadsDoNotPromiseIsNoViolation() {
		read("alice", ConsistencyLevel.SESSION, Map.of("a", 5L), 0, 10);
		read("alice", ConsistencyLevel.SESSION, Map.of("a", 4L), 9, 20);
		read("alice", ConsistencyLevel.READ_YOUR_WRITES, Map.of("a", 3L), 20, 30);
		read("bob", ConsistencyLevel.SESSION, Map.of("a", 3L), 20, 30);
		read("bob", ConsistencyLevel.EVENTUAL, Map.of("a", 9L), 40, 50);
		read("bob", ConsistencyLevel.SESSION, Map.of("a", 3L), 60, 70);
		assertThat(check(new MonotonicReads())).isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void writeIsMissedBeyondTheLimit(ConsistencyLevel level) {
		write("bob", "a", 1, 0, 10);
		write("bob", "a", 2, 20, 30);
		Read read = read("alice", level, Map.of("a", 1L), 1030, 1040);
		assertThat(check(new BoundedStaleness()))
			.containsExactly(new Violation("BOUND", read, "a", 1, 2, this.writes.get(1)));
	}

	@Test
	void ownLimitOfAReadHolds() {
		write("bob", "a", 1, 0, 10);
		read("alice", false, ConsistencyLevel.BOUNDED_STALENESS, 500, Map.of("a", 0L), 509, 520);
		assertThat(check(new BoundedStaleness())).isEmpty();
		read("alice", false, ConsistencyLevel.BOUNDED_STALENESS, 500, Map.of("a", 0L), 510, 520);
		assertThat(check(new BoundedStaleness())).hasSize(1);
	}

	@Test
	void whatTheBoundDoesNotPromiseIsNoViolation() {
		write("bob", "a", 1, 0, 10);
		read("alice", ConsistencyLevel.EVENTUAL, Map.of("a", 0L), 1009, 1040);
		read("alice", ConsistencyLevel.EVENTUAL, Map.of("a", 1L), 1010, 1040);
		read("alice", ConsistencyLevel.EVENTUAL, Map.of("b", 0L), 5000, 5040);
		assertThat(check(new BoundedStaleness())).isEmpty();
	}

	@Test
	void shareOnReplicas() {
		write("alice", "a", 1, 0, 10);
		read("alice", ConsistencyLevel.SESSION, Map.of("a", 1L), 10, 20);
		read("alice", ConsistencyLevel.EVENTUAL, Map.of("a", 1L), 59_999, 60_000);
		read("alice", ConsistencyLevel.SESSION, Map.of("a", 1L), 60_010, 60_020);
		read("bob", ConsistencyLevel.SESSION, Map.of("a", 1L), 20, 30);
		readOnPrimary("bob", Map.of("a", 1L), 20, 30);
		read("bob", ConsistencyLevel.PRIMARY, Map.of("a", 1L), 20, 30);
		History history = new History(this.writes, this.reads);
		assertThat(Offload.measured(history)).isEqualTo(0.8);
		assertThat(Offload.ofRecipe(history, Duration.ofSeconds(60))).isEqualTo(0.6);
	}

	@Test
	void violationTellsWhatHappened() {
		write("alice", "a", 1, 0, 10);
		read("alice", ConsistencyLevel.SESSION, Map.of("a", 0L), 30, 40);
		assertThat(check(new ReadYourWrites())).singleElement()
			.hasToString("RYW: alice at level SESSION on instance 1 from 30.000 ms to 40.000 ms on replica1 saw a=0 "
					+ "instead of 1, although alice wrote a=1 on instance 0 from 0.000 ms to 10.000 ms");
	}

}
