package dev.tidemark.routing;

import java.util.Locale;
import java.util.Set;

/**
 * What a statement may do, as far as its text tells. In doubt it needs the primary.
 */
enum StatementKind {

	/**
	 * It only reads, or only concerns the transaction it runs in.
	 */
	READ,

	/**
	 * It writes, locks, or has another effect that a replica can't have, or has silently
	 * without meaning: an advisory lock on a replica excludes nobody.
	 */
	NEEDS_PRIMARY;

	private static final Set<String> READING = Set.of("select", "with", "values", "table", "show", "explain", "set",
			"reset", "fetch", "move", "declare", "close", "begin", "start", "savepoint", "release", "rollback",
			"commit", "end", "abort", "deallocate");

	private static final Set<String> WRITING = Set.of("insert", "update", "delete", "merge", "into", "nextval",
			"setval", "pg_notify");

	private static final Set<String> LOCK_STRENGTHS = Set.of("update", "share", "no", "key");

	/**
	 * Return the kind of a statement.
	 * @param sql the text
	 * @return the kind
	 */
	static StatementKind of(String sql) {
		SqlWords words = new SqlWords(sql);
		String previous = "";
		while (words.next()) {
			String word = words.word().toLowerCase(Locale.ROOT);
			if ((words.startsStatement() && !READING.contains(word)) || WRITING.contains(word) || isAdvisoryLock(word)
					|| (previous.equals("for") && LOCK_STRENGTHS.contains(word))) {
				return NEEDS_PRIMARY;
			}
			previous = word;
		}
		return READ;
	}

	private static boolean isAdvisoryLock(String word) {
		return word.startsWith("pg_advisory_") || word.startsWith("pg_try_advisory_");
	}

}
