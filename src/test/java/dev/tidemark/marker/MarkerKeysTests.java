package dev.tidemark.marker;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link MarkerKeys}.
 */
class MarkerKeysTests {

	private final MarkerKeys keys = new MarkerKeys("7000000000000000001");

	@ParameterizedTest
	@ValueSource(strings = { "", "alice", "Jürgen 🐘", "\0\r\n{}:*", "\uD800" })
	void keyIsThirtyTwoHexadecimalDigitsWhateverTheUserKeyIs(String userKey) {
		assertThat(this.keys.keyFor(userKey)).matches("[0-9a-f]{32}").isEqualTo(this.keys.keyFor(userKey));
	}

	@Test
	void keyOfAVeryLongUserKeyIsShort() {
		assertThat(this.keys.keyFor("x".repeat(1 << 20))).matches("[0-9a-f]{32}");
	}

	@Test
	void usersHaveDifferentKeys() {
		assertThat(this.keys.keyFor("alice")).isNotEqualTo(this.keys.keyFor("Alice"));
	}

	@Test
	void clustersHaveDifferentKeys() {
		assertThat(this.keys.keyFor("alice")).isNotEqualTo(new MarkerKeys("7000000000000000002").keyFor("alice"));
	}

	@Test
	void instancesOfTheApplicationHaveTheSameKeys() {
		assertThat(this.keys.keyFor("alice")).isEqualTo(new MarkerKeys("7000000000000000001").keyFor("alice"));
	}

}
