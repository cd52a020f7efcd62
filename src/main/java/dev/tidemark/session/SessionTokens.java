package dev.tidemark.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import dev.tidemark.wal.WalPosition;
import org.jspecify.annotations.Nullable;

/**
 * Writes session tokens, and reads those that it or another instance with the same secret
 * has written. Immutable and thread-safe.
 * <p>
 * A token has 39 bytes, written in Base64 for URLs: version, timeline, log sequence
 * number, a MAC of the user key (zeros for nobody), the {@link Visitor visitor's} seat,
 * and a MAC of all that and of the cluster's system identifier. The MACs are HMAC-SHA256,
 * cut to 64 and 128 bits, under keys derived from the secret for this purpose
 * (<a href="https://www.rfc-editor.org/rfc/rfc2104">RFC 2104</a>). The version byte
 * stands in place of a field that names the algorithm.
 */
public final class SessionTokens {

	private static final String ALGORITHM = "HmacSHA256";

	private static final byte VERSION = 1;

	private static final int USER_LENGTH = 8;

	private static final int MAC_LENGTH = 16;

	private static final int SIGNED_LENGTH = 1 + Integer.BYTES + Long.BYTES + USER_LENGTH + Short.BYTES;

	private static final int TEXT_LENGTH = 52;

	private static final byte[] NOBODY = new byte[USER_LENGTH];

	private final List<Keys> keys;

	private SessionTokens(Stream<byte[]> secrets) {
		this.keys = secrets.map(Keys::new).toList();
	}

	/**
	 * Create tokens under a secret.
	 * @param secret signs
	 * @param previous secrets that are still accepted
	 * @return the tokens
	 */
	public static SessionTokens under(String secret, List<String> previous) {
		return new SessionTokens(Stream.concat(Stream.of(secret), previous.stream())
			.map((text) -> text.getBytes(StandardCharsets.UTF_8)));
	}

	/**
	 * Create tokens under a random secret, which no other instance accepts.
	 * @param previous secrets that are accepted too
	 * @return the tokens
	 */
	public static SessionTokens random(List<String> previous) {
		byte[] secret = new byte[32];
		new SecureRandom().nextBytes(secret);
		return new SessionTokens(Stream.concat(Stream.of(secret),
				previous.stream().map((text) -> text.getBytes(StandardCharsets.UTF_8))));
	}

	/**
	 * Write a token.
	 * @param position what its session has to see, {@code null} for nothing
	 * @param userKey the key of its user, {@code null} if there is none
	 * @param seat the visitor's seat, {@link Visitor#NO_SEAT} if there is a user
	 * @param systemIdentifier the identifier of the cluster
	 * @return the text
	 */
	public String write(@Nullable WalPosition position, @Nullable String userKey, int seat, String systemIdentifier) {
		Keys current = this.keys.get(0);
		ByteBuffer token = ByteBuffer.allocate(SIGNED_LENGTH + MAC_LENGTH);
		token.put(VERSION);
		token.putInt((position != null) ? position.timeline() : 0).putLong((position != null) ? position.lsn() : 0);
		token.put(current.user(userKey)).putShort((short) seat);
		token.put(current.sign(token.array(), systemIdentifier));
		return Base64.getUrlEncoder().withoutPadding().encodeToString(token.array());
	}

	/**
	 * Read a token.
	 * @param text anything
	 * @param userKey the key of the user who shows it, {@code null} if there is none
	 * @param systemIdentifier the identifier of the cluster
	 * @return what it says, or why it says nothing
	 */
	public Reading read(String text, @Nullable String userKey, String systemIdentifier) {
		byte[] token = decode(text);
		if (token == null || token[0] != VERSION) {
			return Reading.rejected(Rejection.MALFORMED);
		}
		byte[] mac = Arrays.copyOfRange(token, SIGNED_LENGTH, token.length);
		for (Keys candidate : this.keys) {
			if (MessageDigest.isEqual(mac, candidate.sign(token, systemIdentifier))) {
				return read(token, candidate.user(userKey));
			}
		}
		return Reading.rejected(Rejection.SIGNATURE);
	}

	private static Reading read(byte[] token, byte[] user) {
		ByteBuffer signed = ByteBuffer.wrap(token, 1, SIGNED_LENGTH - 1);
		int timeline = signed.getInt();
		long lsn = signed.getLong();
		byte[] owner = new byte[USER_LENGTH];
		signed.get(owner);
		boolean bound = !Arrays.equals(owner, NOBODY);
		if (bound && !Arrays.equals(user, NOBODY) && !Arrays.equals(owner, user)) {
			return Reading.rejected(Rejection.USER);
		}
		WalPosition position = (timeline != 0) ? new WalPosition(timeline, lsn) : null;
		return new Reading(position, bound, Short.toUnsignedInt(signed.getShort()), null);
	}

	private static byte @Nullable [] decode(String text) {
		if (text.length() != TEXT_LENGTH) {
			return null;
		}
		try {
			return Base64.getUrlDecoder().decode(text);
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	/**
	 * What a token says.
	 *
	 * @param position what its session has to see, {@code null} if that is nothing, or if
	 * it was rejected
	 * @param bound whether it was given to a user
	 * @param seat the visitor's seat, {@link Visitor#NO_SEAT} if it was given to none
	 * @param rejection why it was rejected, {@code null} if it was not
	 */
	public record Reading(@Nullable WalPosition position, boolean bound, int seat, @Nullable Rejection rejection) {

		static Reading rejected(Rejection rejection) {
			return new Reading(null, false, Visitor.NO_SEAT, rejection);
		}

	}

	/**
	 * Why a token is ignored.
	 */
	public enum Rejection {

		/** It is no token of a known version. */
		MALFORMED,

		/** It was signed under another secret or for another cluster, or changed. */
		SIGNATURE,

		/** It is another user's. */
		USER,

		/** It asks for a position that the primary has not reached. */
		POSITION

	}

	/**
	 * The keys derived from one secret.
	 */
	private static final class Keys {

		private final SecretKeySpec signing;

		private final SecretKeySpec users;

		Keys(byte[] secret) {
			SecretKeySpec base = new SecretKeySpec(secret, ALGORITHM);
			this.signing = new SecretKeySpec(mac(base, utf8("tidemark session token 1")), ALGORITHM);
			this.users = new SecretKeySpec(mac(base, utf8("tidemark session user 1")), ALGORITHM);
		}

		byte[] sign(byte[] token, String systemIdentifier) {
			byte[] signed = Arrays.copyOf(token, SIGNED_LENGTH);
			return Arrays.copyOf(mac(this.signing, signed, utf8(systemIdentifier)), MAC_LENGTH);
		}

		byte[] user(@Nullable String userKey) {
			return (userKey != null) ? Arrays.copyOf(mac(this.users, utf8(userKey)), USER_LENGTH) : NOBODY;
		}

		private static byte[] utf8(String text) {
			return text.getBytes(StandardCharsets.UTF_8);
		}

		private static byte[] mac(SecretKeySpec key, byte[]... parts) {
			try {
				Mac mac = Mac.getInstance(ALGORITHM);
				mac.init(key);
				for (byte[] part : parts) {
					mac.update(part);
				}
				return mac.doFinal();
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException("Every Java platform has to provide " + ALGORITHM, ex);
			}
		}

	}

}
