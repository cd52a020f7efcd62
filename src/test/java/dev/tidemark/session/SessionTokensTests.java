package dev.tidemark.session;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

import dev.tidemark.session.SessionTokens.Reading;
import dev.tidemark.session.SessionTokens.Rejection;
import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SessionTokens}.
 */
class SessionTokensTests {

	private static final String SECRET = "0123456789abcdef0123456789abcdef";

	private static final String NEXT_SECRET = "fedcba9876543210fedcba9876543210";

	private static final String CLUSTER = "7400000000000000001";

	private static final WalPosition POSITION = new WalPosition(3, 0x16B374D848L);

	private final SessionTokens tokens = SessionTokens.under(SECRET, List.of());

	private Reading read(String text, @Nullable String userKey) {
		return this.tokens.read(text, userKey, CLUSTER);
	}

	@Test
	void readsWhatItWrote() {
		String token = this.tokens.write(POSITION, "alice", 0, CLUSTER);
		assertThat(token).matches("[A-Za-z0-9_-]{52}");
		assertThat(read(token, "alice")).isEqualTo(new Reading(POSITION, true, Visitor.NO_SEAT, null));
		assertThat(SessionTokens.under(SECRET, List.of()).read(token, "alice", CLUSTER).position()).isEqualTo(POSITION);
	}

	@Test
	void showsNoUserKey() {
		byte[] token = Base64.getUrlDecoder().decode(this.tokens.write(POSITION, "alice", 0, CLUSTER));
		assertThat(new String(token, StandardCharsets.ISO_8859_1)).doesNotContain("alice");
	}

	@Test
	void tokenOfAnotherUserIsRejected() {
		assertThat(read(this.tokens.write(POSITION, "alice", 0, CLUSTER), "bob").rejection()).isEqualTo(Rejection.USER);
	}

	@Test
	void tokenFromBeforeTheLoginServesAfterIt() {
		assertThat(read(this.tokens.write(POSITION, null, 7, CLUSTER), "alice").position()).isEqualTo(POSITION);
	}

	@Test
	void tokenOfAVisitorKeepsTheSeat() {
		assertThat(read(this.tokens.write(null, null, 65_535, CLUSTER), null))
			.isEqualTo(new Reading(null, false, 65_535, null));
	}

	@Test
	void tokenOfAUserServesWhereNobodyIsKnown() {
		assertThat(read(this.tokens.write(POSITION, "alice", 0, CLUSTER), null).position()).isEqualTo(POSITION);
	}

	@Test
	void tokenOfAnotherClusterIsRejected() {
		assertThat(read(this.tokens.write(POSITION, null, 7, "another"), null).rejection())
			.isEqualTo(Rejection.SIGNATURE);
	}

	@Test
	void everyChangedBitIsNoticed() {
		byte[] token = Base64.getUrlDecoder().decode(this.tokens.write(POSITION, "alice", 0, CLUSTER));
		for (int bit = 0; bit < token.length * 8; bit++) {
			byte[] changed = token.clone();
			changed[bit / 8] ^= (byte) (1 << (bit % 8));
			String text = Base64.getUrlEncoder().withoutPadding().encodeToString(changed);
			assertThat(read(text, "alice").position()).as("bit " + bit).isNull();
		}
	}

	@Test
	void tokenUnderAnotherSecretIsRejected() {
		String token = SessionTokens.under(NEXT_SECRET, List.of()).write(POSITION, null, 7, CLUSTER);
		assertThat(read(token, null).rejection()).isEqualTo(Rejection.SIGNATURE);
		assertThat(SessionTokens.random(List.of()).read(token, null, CLUSTER).rejection())
			.isEqualTo(Rejection.SIGNATURE);
	}

	@Test
	void previousSecretIsAcceptedAndSignsNothing() {
		SessionTokens rotated = SessionTokens.under(NEXT_SECRET, List.of(SECRET));
		assertThat(rotated.read(this.tokens.write(POSITION, "alice", 0, CLUSTER), "alice", CLUSTER).position())
			.isEqualTo(POSITION);
		assertThat(read(rotated.write(POSITION, null, 7, CLUSTER), null).rejection()).isEqualTo(Rejection.SIGNATURE);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "a", "not a token", "AQAAAAMAAAAWs3TYSA",
			"????????????????????????????????????????????????????", "\u0000",
			"%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
			"AgAAAAMAAAAWs3TYSAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" })
	void textThatIsNoTokenIsRejected(String text) {
		assertThat(read(text, "alice").rejection()).isEqualTo(Rejection.MALFORMED);
	}

}
