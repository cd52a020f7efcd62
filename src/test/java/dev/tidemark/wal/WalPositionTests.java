package dev.tidemark.wal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link WalPosition}.
 */
class WalPositionTests {

	@ParameterizedTest
	@CsvSource({ "0/0, 0", "0/1, 1", "0/FFFFFFFF, 4294967295", "1/0, 4294967296", "16/B374D848, 97500059720",
			"16/b374d848, 97500059720", "7FFFFFFF/FFFFFFFF, 9223372036854775807", "80000000/0, -9223372036854775808",
			"FFFFFFFF/FFFFFFFF, -1" })
	void readsWhatPostgresWrites(String text, long expected) {
		long lsn = WalPosition.parseLsn(text);
		assertThat(lsn).isEqualTo(expected);
		assertThat(new WalPosition(1, lsn).lsnText()).isEqualToIgnoringCase(text);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/", "1", "1/", "/1", "1/G", "1/2/3", " 1/2" })
	void refusesWhatPostgresDoesNotWrite(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> WalPosition.parseLsn(text))
			.withMessage("'" + text + "' is not a pg_lsn such as 16/B374D848");
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, -1, Integer.MIN_VALUE })
	void hasTimelineGreaterThanZero(int timeline) {
		assertThatIllegalArgumentException().isThrownBy(() -> new WalPosition(timeline, 1));
	}

	@Test
	void encodesAsTimelineAndPosition() {
		WalPosition position = new WalPosition(10, WalPosition.parseLsn("16/B374D848"));
		assertThat(position.encode()).isEqualTo("0000000a00000016b374d848");
		assertThat(WalPosition.decode("0000000a00000016b374d848")).isEqualTo(position);
		assertThat(position).hasToString("10:16/B374D848");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "0000000a00000016b374d84", "0000000a00000016b374d8480", "0000000g00000016b374d848",
			"0000000a00000016b374d84g", "000000000000000000000001", "ffffffff0000000000000001",
			"-00000010000000000000001" })
	void decodesNothingElse(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> WalPosition.decode(text));
	}

	@Test
	void encodedFormsAreOrderedLikePositions() {
		List<WalPosition> positions = new ArrayList<>();
		Random random = new Random(1);
		for (int i = 0; i < 1000; i++) {
			positions.add(new WalPosition(1 + random.nextInt(20), random.nextLong()));
		}
		positions.add(new WalPosition(Integer.MAX_VALUE, -1));
		Collections.sort(positions, (a, b) -> a.equals(b) ? 0 : (a.max(b) == a) ? 1 : -1);
		assertThat(positions).extracting(WalPosition::encode).isSorted();
		assertThat(positions).extracting(WalPosition::encode).extracting(WalPosition::decode).isEqualTo(positions);
	}

	@ParameterizedTest
	@CsvSource({ "1, 1, true", "1, 2, true", "2, 1, false", "9223372036854775807, -9223372036854775808, true",
			"-9223372036854775808, 9223372036854775807, false", "0, -1, true" })
	void isReachedByTheSameOrALaterPosition(long position, long replayed, boolean expected) {
		assertThat(new WalPosition(1, position).isReachedBy(new WalPosition(1, replayed))).isEqualTo(expected);
	}

	@Test
	void isNotReachedOnAnotherTimeline() {
		assertThat(new WalPosition(1, 10).isReachedBy(new WalPosition(2, 20))).isFalse();
		assertThat(new WalPosition(2, 10).isReachedBy(new WalPosition(1, 20))).isFalse();
		assertThat(new WalPosition(2, 30).bytesAhead(new WalPosition(1, 20))).isZero();
	}

	@Test
	void laterTimelineIsLaterWhateverThePosition() {
		WalPosition before = new WalPosition(1, 20);
		WalPosition after = new WalPosition(2, 10);
		assertThat(before.max(after)).isSameAs(after);
		assertThat(after.max(before)).isSameAs(after);
	}

	@ParameterizedTest
	@CsvSource({ "30, 10, 20", "10, 10, 0", "10, 30, 0", "-9223372036854775808, 9223372036854775807, 1" })
	void tellsDistanceInBytes(long position, long other, long expected) {
		assertThat(new WalPosition(1, position).bytesAhead(new WalPosition(1, other))).isEqualTo(expected);
	}

	// Trap 3
	@ParameterizedTest
	@CsvSource({ "0/2018, 0/2000", "0/2028, 0/2000", "0/1000028, 0/1000000", "16/B374E018, 16/B374E000",
			"FFFFFFFF/FFFFE018, FFFFFFFF/FFFFE000", "0/2000, 0/2000", "0/2017, 0/2017", "0/2019, 0/2019",
			"0/2020, 0/2020", "0/2030, 0/2030", "0/3018, 0/3018" })
	void positionBehindPageHeaderIsTheStartOfThePage(String captured, String expected) {
		assertThat(new WalPosition(1, WalPosition.parseLsn(captured)).lsnText()).isEqualTo(expected);
	}

}
