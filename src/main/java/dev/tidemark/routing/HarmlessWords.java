package dev.tidemark.routing;

import java.util.Set;

/**
 * Words in front of a parenthesis that call nothing which writes: keywords, types, and
 * the functions of PostgreSQL in common use. A word that is missing here costs the
 * question for a position behind a query outside a transaction, no more.
 */
final class HarmlessWords {

	private static final Set<String> WORDS = Set.of(
			// Keywords
			"all", "and", "any", "array", "as", "between", "by", "case", "cube", "distinct", "else", "end", "except",
			"exists", "filter", "from", "group", "grouping", "having", "ilike", "in", "intersect", "is", "join",
			"lateral", "like", "limit", "materialized", "not", "offset", "on", "or", "over", "partition", "recursive",
			"rollup", "row", "rows", "select", "sets", "similar", "some", "then", "union", "using", "values", "when",
			"where", "with", "within",
			// Types
			"bit", "char", "character", "decimal", "float", "interval", "numeric", "time", "timestamp", "timestamptz",
			"varchar", "varying",
			// Special syntax and conditionals
			"cast", "coalesce", "extract", "greatest", "least", "nullif", "overlay", "position", "substring", "trim",
			// Aggregates and window functions
			"array_agg", "avg", "bool_and", "bool_or", "count", "dense_rank", "every", "first_value", "json_agg",
			"json_object_agg", "jsonb_agg", "jsonb_object_agg", "lag", "last_value", "lead", "max", "min", "ntile",
			"percentile_cont", "percentile_disc", "rank", "row_number", "stddev", "string_agg", "sum", "variance",
			// Text
			"btrim", "char_length", "chr", "concat", "concat_ws", "decode", "encode", "format", "initcap", "left",
			"length", "lower", "lpad", "ltrim", "md5", "octet_length", "quote_ident", "quote_literal", "regexp_match",
			"regexp_matches", "regexp_replace", "regexp_split_to_array", "regexp_split_to_table", "repeat", "replace",
			"reverse", "right", "rpad", "rtrim", "similarity", "split_part", "starts_with", "strpos", "substr",
			"to_char", "to_hex", "translate", "upper",
			// Numbers
			"abs", "ceil", "ceiling", "div", "exp", "floor", "ln", "log", "mod", "power", "random", "round", "sign",
			"sqrt", "trunc", "width_bucket",
			// Dates
			"age", "clock_timestamp", "date_bin", "date_part", "date_trunc", "isfinite", "make_date", "make_interval",
			"make_timestamp", "make_timestamptz", "now", "statement_timestamp", "timezone", "to_date", "to_timestamp",
			"transaction_timestamp",
			// Arrays, JSON, search, sets
			"array_append", "array_cat", "array_length", "array_position", "array_remove", "array_to_json",
			"array_to_string", "cardinality", "generate_series", "generate_subscripts", "json_array_elements",
			"json_array_elements_text", "json_array_length", "json_build_array", "json_build_object", "json_each",
			"json_each_text", "json_extract_path", "json_extract_path_text", "json_object_keys", "json_typeof",
			"jsonb_array_elements", "jsonb_array_elements_text", "jsonb_array_length", "jsonb_build_array",
			"jsonb_build_object", "jsonb_each", "jsonb_each_text", "jsonb_exists", "jsonb_extract_path",
			"jsonb_extract_path_text", "jsonb_object_keys", "jsonb_path_exists", "jsonb_path_query", "jsonb_set",
			"jsonb_typeof", "plainto_tsquery", "row_to_json", "string_to_array", "to_json", "to_jsonb", "to_tsquery",
			"to_tsvector", "ts_headline", "ts_rank", "unnest", "websearch_to_tsquery",
			// The server
			"col_description", "current_database", "current_schema", "current_schemas", "current_setting",
			"gen_random_uuid", "has_schema_privilege", "has_table_privilege", "inet_server_addr", "inet_server_port",
			"obj_description", "to_regclass", "version");

	private HarmlessWords() {
	}

	/**
	 * Return whether a word calls nothing that writes.
	 * @param word the word, in lower case
	 * @return {@code true} if that is known; also for all functions of the server that
	 * are not known to write
	 */
	static boolean contains(String word) {
		return WORDS.contains(word) || word.startsWith("pg_") || word.equals("set_config");
	}

}
