package dev.tidemark.autoconfigure;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;

import com.zaxxer.hikari.HikariDataSource;
import dev.tidemark.autoconfigure.TidemarkProperties.Replica;
import dev.tidemark.client.TrustedHosts;
import dev.tidemark.wal.ClusterStatus;
import dev.tidemark.wal.ReplicaState;
import dev.tidemark.wal.ReplicaStatus;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

import org.springframework.util.StringUtils;

/**
 * Refuses configurations under which the guarantees can't be kept.
 */
final class ConfigurationCheck {

	private static final int SHORTEST_SECRET = 32;

	/**
	 * A token as in RFC 6265.
	 */
	private static final Pattern COOKIE_NAME = Pattern.compile("[\\w!#$%&'*+.^`|~-]+");

	private ConfigurationCheck() {
	}

	/**
	 * Check what can be checked without a server.
	 * @param properties what is configured
	 */
	static void check(TidemarkProperties properties) {
		Duration ttl = MarkerTtl.fixed(properties.marker().ttl());
		Duration maxStaleness = properties.consistency().maxStaleness();
		if (ttl != null && ttl.compareTo(maxStaleness) <= 0) {
			throw new InvalidTidemarkConfigurationException(
					"tidemark.marker.ttl (" + ttl.toMillis()
							+ " ms) does not exceed tidemark.consistency.max-staleness (" + maxStaleness.toMillis()
							+ " ms): a marker would be forgotten while a replica that lacks the "
							+ "write may still serve reads.",
					"Raise tidemark.marker.ttl above tidemark.consistency.max-staleness, or lower the latter.");
		}
		checkPositive("tidemark.consistency.max-staleness", maxStaleness);
		checkPositive("tidemark.marker.timeout", properties.marker().timeout());
		checkPositive("tidemark.monitor.interval", properties.monitor().interval());
		checkNotNegative("tidemark.consistency.fence-wait", properties.consistency().fenceWait());
		checkNotNegative("tidemark.primary-fallback.max-wait", properties.primaryFallback().maxWait());
		checkKeyPrefix(properties.marker().keyPrefix());
		checkCookieName(properties.web().token().cookieName());
		Integer fallback = properties.primaryFallback().maxConcurrent();
		if (fallback != null && fallback < 1) {
			throw new InvalidTidemarkConfigurationException(
					"tidemark.primary-fallback.max-concurrent is " + fallback
							+ ": no read could ever use the primary when replicas lag.",
					"Set tidemark.primary-fallback.max-concurrent to 1 or more, or remove it to use half of the "
							+ "primary's pool.");
		}
		checkSecret("tidemark.web.token.secret", properties.web().token().secret());
		properties.web()
			.token()
			.previousSecrets()
			.forEach((secret) -> checkSecret("tidemark.web.token.previous-secrets", secret));
		properties.web().token().sendTo().forEach(ConfigurationCheck::checkHost);
		checkReplicas(properties.replicas());
	}

	/**
	 * Check how the driver connects to the primary. A read-only transaction that can
	 * write would leave no marker.
	 * @param primary the primary's pool
	 */
	static void check(HikariDataSource primary) {
		String url = primary.getJdbcUrl();
		Properties properties = (url != null) ? Driver.parseURL(url, primary.getDataSourceProperties())
				: primary.getDataSourceProperties();
		if (properties != null && "ignore".equals(PGProperty.READ_ONLY_MODE.getOrDefault(properties))) {
			throw new InvalidTidemarkConfigurationException(
					"The driver's option readOnlyMode is 'ignore': PostgreSQL would not be told that a transaction is "
							+ "read-only, so one that writes all the same would be taken for a read.",
					"Remove readOnlyMode from spring.datasource.url, or from the properties of its pool.");
		}
	}

	private static void checkHost(String pattern) {
		if (!TrustedHosts.isValid(pattern)) {
			throw new InvalidTidemarkConfigurationException(
					"tidemark.web.token.send-to names '" + pattern + "', which is no host: no call would match it.",
					"Name hosts without scheme, port and path, such as orders.internal.example.com or "
							+ "*.internal.example.com.");
		}
	}

	private static void checkSecret(String property, @Nullable String secret) {
		int length = (secret != null) ? secret.getBytes(StandardCharsets.UTF_8).length : SHORTEST_SECRET;
		if (length < SHORTEST_SECRET) {
			throw new InvalidTidemarkConfigurationException(
					property + " is too short: it has " + length + " bytes, and could be guessed.",
					"Set " + property + " to " + SHORTEST_SECRET
							+ " random bytes or more, for example the output of: openssl rand -base64 32");
		}
	}

	private static void checkPositive(String property, Duration value) {
		if (value.isNegative() || value.isZero()) {
			throw new InvalidTidemarkConfigurationException(property + " must be longer than zero.",
					"Set " + property + " to a duration such as 100ms, or remove it to use the default.");
		}
	}

	private static void checkNotNegative(String property, Duration value) {
		if (value.isNegative()) {
			throw new InvalidTidemarkConfigurationException(
					property + " is " + value.toMillis() + " ms, but nothing can be waited for less than not at all.",
					"Set " + property
							+ " to a duration such as 100ms, to 0ms to wait not at all, or remove it to use the "
							+ "default.");
		}
	}

	/**
	 * The least Redis user is permitted the keys with a prefix.
	 */
	private static void checkKeyPrefix(String prefix) {
		if (!StringUtils.hasText(prefix)) {
			throw new InvalidTidemarkConfigurationException(
					"tidemark.marker.key-prefix is blank: markers could not be told from other keys in Redis.",
					"Set tidemark.marker.key-prefix to a word such as the application's name, the same on all instances, or "
							+ "remove it to use the default.");
		}
	}

	private static void checkCookieName(String name) {
		if (!COOKIE_NAME.matcher(name).matches()) {
			throw new InvalidTidemarkConfigurationException(
					"tidemark.web.token.cookie-name is '" + name + "', which is no name for a cookie.",
					"Use letters, digits, '-' and '_', or remove it to use the default; tidemark.web.token.enabled=false "
							+ "switches the cookie off.");
		}
	}

	private static void checkReplicas(Map<String, Replica> replicas) {
		Map<String, String> addresses = new HashMap<>();
		replicas.forEach((name, replica) -> {
			if (!StringUtils.hasText(name)) {
				throw new InvalidTidemarkConfigurationException(
						"A replica has a blank name: metrics, headers and logs could not name it.",
						"Name it in its properties, as in tidemark.replicas.replica1.url.");
			}
			String property = "tidemark.replicas." + name;
			String other = addresses.put(address(property, replica.url()), name);
			if (other != null) {
				throw new InvalidTidemarkConfigurationException(
						"The replicas '" + other + "' and '" + name + "' have the same address, "
								+ address(property, replica.url()) + ".",
						"Give each replica the URL of a server of its own, or remove one of the two.");
			}
			if (replica.weight() < 1) {
				throw new InvalidTidemarkConfigurationException(
						property + ".weight is " + replica.weight() + ", but a replica's share must be at least 1.",
						"Set " + property + ".weight to 1 or more, or remove the replica.");
			}
			if (name.equals("primary")) {
				throw new InvalidTidemarkConfigurationException(
						"A replica is named 'primary', which is the name of the primary in metrics and headers.",
						"Give the replica another name.");
			}
		});
	}

	private static String address(String property, @Nullable String url) {
		if (!StringUtils.hasText(url)) {
			throw new InvalidTidemarkConfigurationException(property + ".url is not set: the replica has no address.",
					"Set " + property + ".url to a JDBC URL such as jdbc:postgresql://replica-host:5432/database.");
		}
		PostgresUrl parsed = PostgresUrl.parse(url);
		if (parsed == null) {
			throw new InvalidTidemarkConfigurationException(property + ".url is not a JDBC URL for PostgreSQL.",
					"Set it to a URL such as jdbc:postgresql://replica-host:5432/database.");
		}
		return parsed.address();
	}

	/**
	 * Check what the servers have said of themselves. One that has not answered may still
	 * come.
	 * @param status what they said
	 */
	static void check(ClusterStatus status) {
		for (ReplicaStatus replica : status.replicas()) {
			String property = "tidemark.replicas." + replica.name() + ".url";
			if (replica.state() == ReplicaState.NOT_A_REPLICA) {
				throw new InvalidTidemarkConfigurationException("The server at " + property
						+ " is not a replica: it is not in recovery. Reads there would see a state that is not the primary's.",
						"Set " + property + " to a streaming replica of the primary, or remove the replica.");
			}
			if (replica.state() == ReplicaState.FOREIGN_CLUSTER) {
				throw new InvalidTidemarkConfigurationException(
						"The server at " + property + " belongs to another cluster than the primary: their system "
								+ "identifiers differ, so WAL positions can't be compared.",
						"Set " + property + " to a replica of the primary at spring.datasource.url.");
			}
		}
	}

}
