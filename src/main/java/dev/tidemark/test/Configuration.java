package dev.tidemark.test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The parameters of a PostgreSQL server, as in {@code postgresql.conf}. All others have
 * the default that is built into PostgreSQL.
 *
 * @param values unquoted values by name of the parameter
 */
record Configuration(Map<String, String> values) {

	/**
	 * Data that need not outlive a crash of the machine is not forced to disk. A replica
	 * that was away catches up from the WAL that the primary keeps, and looks for the
	 * primary often. It reports to the primary often: since PostgreSQL 16 a WAL sender
	 * that is about to sleep misses a commit of that moment
	 * ({@code ConditionVariablePrepareToSleep} behind the last look, in
	 * {@code walsender.c}), and sends it with the next one or at the next report, which
	 * may be ten seconds later.
	 */
	static final Configuration DEFAULT = new Configuration(Map.of("fsync", "off", "full_page_writes", "off",
			"max_connections", "200", "wal_keep_size", "2GB", "wal_retrieve_retry_interval", "100ms",
			"wal_receiver_status_interval", "1s", "dynamic_shared_memory_type", "mmap"));

	Configuration {
		values = Map.copyOf(values);
	}

	Configuration with(String name, String value) {
		return with(Map.of(name, value));
	}

	Configuration with(Map<String, String> values) {
		Map<String, String> all = new LinkedHashMap<>(this.values);
		all.putAll(values);
		return new Configuration(all);
	}

	/**
	 * The lines of a configuration file.
	 */
	List<String> lines() {
		return this.values.entrySet()
			.stream()
			.map((value) -> value.getKey() + " = '" + value.getValue().replace("\\", "\\\\").replace("'", "''") + "'")
			.sorted()
			.toList();
	}

}
