package dev.tidemark.marker;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Turns user keys into the keys of a marker store: 32 hexadecimal digits, whatever the
 * user key is. Immutable and thread-safe.
 * <p>
 * A store's key is the HMAC-SHA256 of the user key under the system identifier of the
 * PostgreSQL cluster, cut to 128 bits. Nobody who reads the store reads user names, and
 * applications on different clusters that share a store do not share markers, which would
 * mean nothing to each other.
 */
public final class MarkerKeys {

	private static final String ALGORITHM = "HmacSHA256";

	private static final int LENGTH = 16;

	private final SecretKeySpec key;

	/**
	 * Create the keys for a cluster.
	 * @param systemIdentifier the cluster's system identifier
	 */
	public MarkerKeys(String systemIdentifier) {
		this.key = new SecretKeySpec(("tidemark marker 1 " + systemIdentifier).getBytes(StandardCharsets.UTF_8),
				ALGORITHM);
	}

	/**
	 * Return the store's key for a user or a topic.
	 * @param name any text
	 * @return 32 hexadecimal digits
	 */
	public String keyFor(String name) {
		try {
			Mac mac = Mac.getInstance(ALGORITHM);
			mac.init(this.key);
			byte[] digest = mac.doFinal(name.getBytes(StandardCharsets.UTF_8));
			return HexFormat.of().formatHex(digest, 0, LENGTH);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("Every Java platform has to provide " + ALGORITHM, ex);
		}
	}

}
