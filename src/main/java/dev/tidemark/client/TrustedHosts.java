package dev.tidemark.client;

import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The hosts that tokens are sent to. Immutable and thread-safe.
 */
public final class TrustedHosts {

	private static final Pattern VALID = Pattern.compile("\\*|(\\*\\.)?[a-z0-9_-]+(\\.[a-z0-9_-]+)*|\\[[0-9a-f:.]+]");

	private final List<String> patterns;

	/**
	 * Create hosts.
	 * @param patterns names, {@code *.} and a domain for all names in it, or {@code *}
	 */
	public TrustedHosts(Collection<String> patterns) {
		this.patterns = patterns.stream().map(TrustedHosts::lower).toList();
	}

	/**
	 * Return whether something can be a pattern.
	 * @param pattern what may be one
	 * @return {@code false} if it would never match
	 */
	public static boolean isValid(String pattern) {
		return VALID.matcher(lower(pattern)).matches();
	}

	/**
	 * Return whether the host of an address is among them.
	 * @param address where a call goes
	 * @return {@code true} if it is
	 */
	boolean contain(URI address) {
		String host = address.getHost();
		return host != null && this.patterns.stream().anyMatch((pattern) -> matches(pattern, lower(host)));
	}

	private static boolean matches(String pattern, String host) {
		return pattern.equals("*") || pattern.equals(host)
				|| (pattern.startsWith("*.") && host.endsWith(pattern.substring(1)));
	}

	private static String lower(String text) {
		return text.toLowerCase(Locale.ROOT);
	}

}
