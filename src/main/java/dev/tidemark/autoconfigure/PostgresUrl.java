package dev.tidemark.autoconfigure;

import java.util.Locale;
import java.util.Properties;

import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * What a JDBC URL says that may be shown: no user, no password. Immutable.
 *
 * @param address host and port, several separated by commas
 */
record PostgresUrl(String address) {

	/**
	 * Parse a URL.
	 * @param url the URL
	 * @return what it says, {@code null} if it is not a URL for PostgreSQL
	 */
	static @Nullable PostgresUrl parse(String url) {
		Properties properties = Driver.parseURL(url, null);
		if (properties == null) {
			return null;
		}
		String[] hosts = String.valueOf(PGProperty.PG_HOST.getOrDefault(properties)).split(",");
		String[] ports = String.valueOf(PGProperty.PG_PORT.getOrDefault(properties)).split(",");
		StringBuilder address = new StringBuilder();
		for (int i = 0; i < hosts.length; i++) {
			address.append((i > 0) ? "," : "").append(hosts[i].toLowerCase(Locale.ROOT)).append(':').append(ports[i]);
		}
		return new PostgresUrl(address.toString());
	}

}
