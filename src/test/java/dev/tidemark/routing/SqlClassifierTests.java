package dev.tidemark.routing;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SqlClassifier} and {@link SqlWords}.
 */
class SqlClassifierTests {

	private static StatementKind kind(String sql) {
		return new SqlClassifier(Set.of("book_seat")).classify(sql);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT 1", "select * from note where id = $1", "  \n\tSELECT 1",
			"(SELECT 1) UNION (SELECT 2)", "-- who\nSELECT 1", "/* who */ SELECT 1",
			"WITH a AS (SELECT 1) SELECT * FROM a", "WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a", "VALUES (1), (2)",
			"TABLE note", "SELECT temp, hold, local FROM note", "SELECT \"nextval\", \"book_seat\" FROM note",
			"SELECT updated_at, deleted, insert_count FROM note", "SELECT substring(body FROM 1 FOR 3) FROM note",
			"SELECT sharer FROM note", "SELECT {fn upper('a')}", "SELECT 1; SELECT 2", "SELECT 1;", "", ";",
			"SELECT 1 -- ;" })
	void reads(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.QUERY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT 'FOR UPDATE'", "SELECT 'it''s FOR UPDATE'", "SELECT E'it\\'s FOR UPDATE'",
			"SELECT e'\\\\', 'delete'", "SELECT E'\\\\' AS a, 'nextval(1)'", "SELECT 'C:\\', 'insert'",
			"SELECT N'delete'", "SELECT U&'delete'", "SELECT B'1', X'1F', 'update'", "SELECT $$ delete from note $$",
			"SELECT $a$ delete $$ from $b$ note; CALL p() $a$", "SELECT $ä_1$ delete $ä_1$",
			"SELECT \"update\" FROM \"delete\"", "SELECT \"a\"\"delete\" FROM note", "SELECT U&\"nextval\" FROM note",
			"SELECT 1 -- FOR UPDATE", "SELECT 1 /* FOR UPDATE */", "SELECT 1 /* a /* nested */ FOR UPDATE */ AS b",
			"SELECT 1 /* ; CALL p() */", "SELECT '; CALL p()'", "SELECT 'not -- a comment', 'delete'",
			"SELECT '/*', 'delete', '*/'" })
	void readsWhenTheWordsOfAWriteAreNotCode(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.QUERY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "INSERT INTO note VALUES (1)", "update note set body = ''", "Delete From note",
			"MERGE INTO note USING a ON true WHEN MATCHED THEN DO NOTHING", "TRUNCATE note", "DROP TABLE note",
			"WITH a AS (INSERT INTO note VALUES (1) RETURNING *) SELECT * FROM a",
			"WITH a AS (DELETE FROM note RETURNING *) SELECT * FROM a", "WITH a AS (SELECT 1) UPDATE note SET id = 1",
			"SELECT * INTO note2 FROM note", "COPY note FROM STDIN", "COPY note TO STDOUT", "CALL p()", "{call p()}",
			"{ ? = call f(?) }", "DO $$ BEGIN END $$", "NOTIFY a", "LOCK TABLE note", "VACUUM", "EXECUTE a",
			"EXPLAIN ANALYZE DELETE FROM note", "EXPLAIN (ANALYZE) INSERT INTO note VALUES (1)" })
	void needsPrimaryToWrite(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.NEEDS_PRIMARY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT * FROM note FOR UPDATE", "SELECT * FROM note for share",
			"SELECT * FROM note FOR NO KEY UPDATE", "SELECT * FROM note FOR KEY SHARE SKIP LOCKED",
			"SELECT * FROM note FOR\n\tSHARE OF note NOWAIT", "SELECT * FROM note FOR /* a */ SHARE",
			"SELECT * FROM note FOR -- a\nSHARE", "SELECT * FROM note WHERE id = ? FOR SHARE",
			"SELECT * FROM (SELECT * FROM note FOR SHARE) a" })
	void needsPrimaryToLockRows(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.NEEDS_PRIMARY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT nextval('note_id_seq')", "SELECT NEXTVAL ('a')", "SELECT setval('a', 1)",
			"SELECT pg_notify('a', 'b')", "SELECT pg_advisory_xact_lock(1)", "SELECT \"nextval\"('a')",
			"SELECT \"public\".\"book_seat\" (1)", "SELECT public.Book_Seat(1)", "SELECT lo_unlink(1)",
			"SELECT pg_current_wal_lsn()", "SELECT pg_terminate_backend(1)",
			"SELECT pg_try_advisory_xact_lock_shared(1)", "EXPLAIN ANALYZE CREATE TABLE a AS SELECT 1",
			"BEGIN READ WRITE", "SET TRANSACTION READ WRITE", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE" })
	void needsPrimaryForFunctionsThatWriteOrLock(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.NEEDS_PRIMARY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT transfer(1, 2)", "SELECT * FROM public.transfer (1)", "SELECT \"transfer\"(1)",
			"SELECT audit.log('a')", "SELECT \"audit\".log('a')", "SELECT audit . /* a */ log('a')",
			"SELECT transfer/**/(1)", "SELECT transfer -- a\n(1)", "SELECT n.pg_catalog, audit.log('a') FROM n",
			"SELECT count(*), transfer(id) FROM note", "WITH a(x) AS (SELECT 1) SELECT * FROM a" })
	void callsWhatMayWrite(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.QUERY_WITH_CALLS);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT count(*) FROM note WHERE id IN (1) AND (a OR (b))", "SELECT pg_is_in_recovery()",
			"SELECT pg_catalog.log(2)", "SELECT n.a, log(n.b) FROM public.note n", "SELECT 1. + log(2)",
			"SELECT coalesce(lower(a), 'x(1)')::varchar(10) FROM (SELECT 1) b", "SELECT EXISTS (SELECT 1)",
			"SELECT sum(a) FILTER (WHERE b) OVER (PARTITION BY c) FROM note JOIN d USING (id)", "VALUES (1), (2)" })
	void callsNothingThatWrites(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.QUERY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "EXPLAIN ANALYZE SELECT * FROM note", "SHOW work_mem", "SET LOCAL work_mem = '8MB'",
			"SET TRANSACTION READ ONLY", "SET CONSTRAINTS ALL DEFERRED", "SELECT set_config('app.tenant', ?, true)",
			"SELECT set_config('app.tenant', $1, TRUE)", "SAVEPOINT a", "ROLLBACK TO SAVEPOINT a",
			"DECLARE c CURSOR FOR SELECT 1", "FETCH ALL FROM c", "CLOSE c", "BEGIN", "COMMIT", "END", "ROLLBACK",
			"SELECT 1; COMMIT" })
	void concernsItsTransactionOnly(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.TRANSACTION_LOCAL);
	}

	@ParameterizedTest
	@ValueSource(strings = { "EXPLAIN ANALYZE SELECT transfer(1, 2)", "SELECT transfer(1, 2); COMMIT",
			"BEGIN; SELECT transfer(1, 2); COMMIT", "SELECT set_config('app.tenant', ?, true), transfer(1, 2)",
			"SELECT transfer(1, 2), set_config('app.tenant', ?, true)", "DECLARE c CURSOR FOR SELECT transfer(1, 2)",
			"COMMIT; SELECT \"transfer\"(1, 2)" })
	void concernsItsTransactionAndCallsWhatMayWrite(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.TRANSACTION_LOCAL_WITH_CALLS);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SET work_mem = '8MB'", "set search_path to a", "SET SESSION work_mem = 1",
			"SET TIME ZONE 'UTC'", "SET ROLE a", "RESET ALL", "DISCARD ALL", "LISTEN a", "UNLISTEN *",
			"PREPARE a AS SELECT 1", "DEALLOCATE a", "CREATE TEMP TABLE a (id int)",
			"create local temporary table a (id int)", "CREATE OR REPLACE TEMP VIEW a AS SELECT 1",
			"CREATE TABLE pg_temp.a (id int)", "SELECT 1 INTO TEMP a", "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
			"SELECT set_config('app.tenant', ?, false)", "SELECT set_config(?, ?, ?)", "SELECT pg_advisory_lock(1)",
			"SELECT \"pg_advisory_lock\"(1)", "SELECT pg_catalog.pg_advisory_lock_shared(1)",
			"SELECT pg_try_advisory_lock(1)", "SELECT pg_advisory_unlock_all()",
			"SELECT 1 WHERE PG_TRY_ADVISORY_LOCK(1)", "SELECT 1; SET a.b = 1", "SET LOCAL a.b = 1; SET a.b = 1" })
	void changesTheSession(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.CHANGES_SESSION);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT a; CALL p()", "SELECT 1; CALL p()", "SELECT 'a'; CALL p()",
			"SELECT \"a\"; CALL p()", "SELECT $1; CALL p()", "SELECT ?; CALL p()", "SELECT $$a$$; DO $$ BEGIN END $$",
			"SELECT count(*); CALL p()", "SELECT a /* b */; CALL p()", "SELECT a -- b\n; CALL p()", "; CALL p()",
			"SELECT 1; SELECT 2; ; CALL p()", "SELECT 1; DELETE FROM note", "SELECT 1;{call p()}" })
	void needsPrimaryWhenAnyOfSeveralStatementsDoes(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.NEEDS_PRIMARY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT 'a' FOR UPDATE", "SELECT E'\\\\' FOR SHARE", "SELECT 'C:\\' FOR SHARE",
			"SELECT $$a$$ FROM note FOR SHARE", "SELECT $a$ $b$ $a$ FROM note FOR SHARE",
			"SELECT a$b$ FROM note FOR SHARE", "SELECT /* a /* b */ c */ 1 FOR SHARE", "SELECT 1 -- a\r\nFOR SHARE",
			"SELECT 1 -- a\rFOR SHARE", "SELECT $1 FROM note FOR SHARE", "SELECT name'a' FOR SHARE",
			"SELECT 1 - -1 FOR SHARE", "SELECT 4 / 2 * 1 FOR SHARE", "SELECT \"a\"\"b\" FOR SHARE" })
	void findsTheEndOfWhatIsNotCode(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.NEEDS_PRIMARY);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT 'a", "SELECT \"a", "SELECT $$a", "SELECT /* a", "SELECT E'a\\", "SELECT $",
			"SELECT -", "SELECT /" })
	void endsWithATextThatIsCutOff(String sql) {
		assertThat(kind(sql)).isEqualTo(StatementKind.QUERY);
	}

	@Test
	void readsListOfAHundredThousandNumbers() {
		String numbers = IntStream.range(0, 100_000).mapToObj(Integer::toString).collect(Collectors.joining(","));
		assertThat(kind("SELECT * FROM note WHERE id IN (" + numbers + ")")).isEqualTo(StatementKind.QUERY);
		assertThat(kind("SELECT * FROM note WHERE id IN (" + numbers + ") FOR SHARE"))
			.isEqualTo(StatementKind.NEEDS_PRIMARY);
	}

}
