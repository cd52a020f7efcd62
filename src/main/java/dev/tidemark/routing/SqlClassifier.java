package dev.tidemark.routing;

import java.util.Locale;
import java.util.Set;

/**
 * Tells what a statement may do, from the words of its text. In doubt it needs the
 * primary. Immutable and thread-safe.
 */
final class SqlClassifier {

	private static final Set<String> QUERIES = Set.of("select", "with", "values", "table");

	private static final Set<String> TRANSACTION_LOCAL = Set.of("show", "explain", "set", "fetch", "move", "declare",
			"close", "begin", "start", "savepoint", "release", "rollback", "commit", "end", "abort");

	private static final Set<String> SESSION_STATEMENTS = Set.of("reset", "discard", "listen", "unlisten", "prepare",
			"deallocate", "load");

	private static final Set<String> WRITES = Set.of("insert", "update", "delete", "merge", "into");

	private static final Set<String> LOCK_STRENGTHS = Set.of("update", "share", "no", "key");

	private static final Set<String> BEFORE_TEMPORARY = Set.of("create", "replace", "local", "global", "into");

	private static final Set<String> MAKING_TABLES = Set.of("create", "select", "with");

	private static final Set<String> LOCAL_SETTINGS = Set.of("local", "transaction", "constraints");

	/**
	 * Names that make a statement more than a query behind the first word of another
	 * kind: EXPLAIN ANALYZE runs what it explains, a transaction may be made read-write
	 * or serializable.
	 */
	private static final Set<String> MORE_THAN_LOCAL = Set.of("create", "refresh", "execute", "call", "write",
			"serializable");

	private static final Set<String> WRITING_FUNCTIONS = Set.of("nextval", "setval", "currval", "lastval", "pg_notify",
			"txid_current", "pg_current_xact_id", "lo_create", "lo_creat", "lo_import", "lo_unlink", "lo_put",
			"lo_from_bytea", "lo_truncate", "lo_truncate64", "lowrite", "pg_cancel_backend", "pg_terminate_backend",
			"pg_reload_conf", "pg_rotate_logfile", "pg_promote");

	private static final Set<String> WRITING_PREFIXES = Set.of("pg_stat_reset", "pg_logical_", "pg_create_", "pg_drop_",
			"pg_backup_", "pg_switch_wal", "pg_replication_", "pg_current_wal_");

	private final Set<String> writingFunctions;

	/**
	 * Create a classifier.
	 * @param writingFunctions the names, in lower case, of the application's functions
	 * that write
	 */
	SqlClassifier(Set<String> writingFunctions) {
		this.writingFunctions = Set.copyOf(writingFunctions);
	}

	/**
	 * Return the kind of a statement.
	 * @param sql the text
	 * @return the kind; of several statements the kind of all together
	 */
	StatementKind classify(String sql) {
		SqlWords words = new SqlWords(sql);
		StatementKind kind = StatementKind.QUERY;
		String first = "";
		String previous = "";
		while (words.next()) {
			String word = words.word().toLowerCase(Locale.ROOT);
			if (words.isQuoted()) {
				kind = kind.and(words.isCall() ? ofFunction(word, previous, words) : StatementKind.QUERY);
				previous = "";
				continue;
			}
			if (words.startsStatement()) {
				first = word;
				kind = kind.and(ofFirst(word));
			}
			else {
				kind = kind.and(ofWord(first, previous, word));
			}
			kind = kind.and(ofFunction(word, previous, words));
			previous = word;
		}
		return kind;
	}

	private static StatementKind ofFirst(String word) {
		if (QUERIES.contains(word)) {
			return StatementKind.QUERY;
		}
		if (TRANSACTION_LOCAL.contains(word)) {
			return StatementKind.TRANSACTION_LOCAL;
		}
		return SESSION_STATEMENTS.contains(word) ? StatementKind.CHANGES_SESSION : StatementKind.NEEDS_PRIMARY;
	}

	private static StatementKind ofWord(String first, String previous, String word) {
		if (first.equals("set") && previous.equals("set")) {
			return LOCAL_SETTINGS.contains(word) ? StatementKind.TRANSACTION_LOCAL : StatementKind.CHANGES_SESSION;
		}
		if (isTemporaryTable(first, previous, word) || (word.equals("hold") && first.equals("declare"))) {
			return StatementKind.CHANGES_SESSION;
		}
		if (TRANSACTION_LOCAL.contains(first) && MORE_THAN_LOCAL.contains(word)) {
			return StatementKind.NEEDS_PRIMARY;
		}
		boolean writes = WRITES.contains(word) || (previous.equals("for") && LOCK_STRENGTHS.contains(word));
		return writes ? StatementKind.NEEDS_PRIMARY : StatementKind.QUERY;
	}

	private static boolean isTemporaryTable(String first, String previous, String word) {
		return ((word.equals("temp") || word.equals("temporary")) && BEFORE_TEMPORARY.contains(previous)
				&& MAKING_TABLES.contains(first)) || (word.equals("pg_temp") && first.equals("create"));
	}

	private StatementKind ofFunction(String word, String previous, SqlWords words) {
		if (word.startsWith("pg_advisory_") || word.startsWith("pg_try_advisory_")) {
			return word.contains("_xact_") ? StatementKind.NEEDS_PRIMARY : StatementKind.CHANGES_SESSION;
		}
		if (word.equals("set_config")) {
			return words.isFollowedBy("true") ? StatementKind.TRANSACTION_LOCAL : StatementKind.CHANGES_SESSION;
		}
		boolean writes = WRITING_FUNCTIONS.contains(word) || this.writingFunctions.contains(word)
				|| (word.startsWith("pg_") && WRITING_PREFIXES.stream().anyMatch(word::startsWith));
		if (writes) {
			return StatementKind.NEEDS_PRIMARY;
		}
		return (words.isCall() && !isHarmless(word, previous, words)) ? StatementKind.QUERY_WITH_CALLS
				: StatementKind.QUERY;
	}

	/**
	 * A schema of the application's own may have functions of any name.
	 */
	private static boolean isHarmless(String word, String previous, SqlWords words) {
		return !words.isQuoted() && HarmlessWords.contains(word)
				&& (!words.isQualified() || previous.equals("pg_catalog"));
	}

}
