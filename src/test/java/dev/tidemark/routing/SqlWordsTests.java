package dev.tidemark.routing;

import java.util.Set;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The words of SQL texts.
 */
class SqlWordsTests {

	private static final Set<String> COMMITS = Set.of("commit", "end");

	@ParameterizedTest
	@ValueSource(strings = { "COMMIT", "end", "UPDATE note SET id = 1; /* now */ Commit", "SELECT $$;$$; END" })
	void statementIsFoundByItsFirstWord(String sql) {
		assertThat(SqlWords.isAnyStatementOf(sql, COMMITS)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "UPDATE note SET id = CASE id WHEN 1 THEN 2 END", "SELECT ';commit'", "SELECT 1 -- ; end",
			"SELECT $$; commit$$", "SELECT 1; \"end\"", "" })
	void wordElsewhereIsNoStatement(String sql) {
		assertThat(SqlWords.isAnyStatementOf(sql, COMMITS)).isFalse();
	}

}
