package dev.tidemark.routing;

import java.util.Locale;
import java.util.Set;

/**
 * Walks over the words of an SQL text: keywords and identifiers, quoted ones included.
 * Leaves out what is not code: comments, and string constants in quotes and between
 * dollar tags. Follows PostgreSQL's lexical rules
 * (<a href="https://www.postgresql.org/docs/current/sql-syntax-lexical.html">Lexical
 * Structure</a>). Not thread-safe.
 */
final class SqlWords {

	private final String sql;

	private int position;

	private int start;

	private int end;

	private boolean behindStatement = true;

	private boolean startsStatement;

	private boolean quoted;

	private boolean behindDot;

	private boolean qualified;

	SqlWords(String sql) {
		this.sql = sql;
	}

	/**
	 * Return whether one of the statements of a text is of a given kind.
	 * @param sql the text
	 * @param keywords the words that such statements start with, in lower case
	 * @return {@code true} if any starts with any of these
	 */
	static boolean isAnyStatementOf(String sql, Set<String> keywords) {
		SqlWords words = new SqlWords(sql);
		while (words.next()) {
			if (words.startsStatement() && !words.isQuoted()
					&& keywords.contains(words.word().toLowerCase(Locale.ROOT))) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Go to the next word.
	 * @return {@code false} if there is none
	 */
	boolean next() {
		while (this.position < this.sql.length()) {
			char c = at(this.position);
			if (c == '"') {
				readQuoted();
				return true;
			}
			if (!isWordPart(c) || c == '$') {
				skip(c);
				continue;
			}
			readWord();
			if (!startsString() && !Character.isDigit(c)) {
				this.startsStatement = this.behindStatement;
				this.behindStatement = false;
				return true;
			}
		}
		return false;
	}

	/**
	 * Return the current word.
	 * @return the word as it is written
	 */
	String word() {
		return this.sql.substring(this.start, this.end);
	}

	/**
	 * Return whether the current word is the first of a statement.
	 * @return {@code true} at the start and behind a semicolon
	 */
	boolean startsStatement() {
		return this.startsStatement;
	}

	/**
	 * Return whether the current word is an identifier in quotes, which is no keyword.
	 * @return {@code true} if it is
	 */
	boolean isQuoted() {
		return this.quoted;
	}

	/**
	 * Return whether the current word is followed by a parenthesis.
	 * @return {@code true} if it is called as a function is
	 */
	boolean isCall() {
		int behind = this.position;
		skipToCode();
		boolean call = at(this.position) == '(';
		this.position = behind;
		return call;
	}

	/**
	 * Return whether the current word belongs to the name in front of it.
	 * @return {@code true} behind a dot
	 */
	boolean isQualified() {
		return this.qualified;
	}

	/**
	 * Return whether the next word is a given one.
	 * @param word the word, in lower case
	 * @return {@code true} if it is
	 */
	boolean isFollowedBy(String word) {
		SqlWords rest = new SqlWords(this.sql);
		rest.position = this.position;
		return rest.next() && !rest.isQuoted() && rest.word().equalsIgnoreCase(word);
	}

	private void skipToCode() {
		while (Character.isWhitespace(at(this.position)) || isComment()) {
			skip(at(this.position));
		}
	}

	private boolean isComment() {
		return (at(this.position) == '-' && at(this.position + 1) == '-')
				|| (at(this.position) == '/' && at(this.position + 1) == '*');
	}

	private void startWord() {
		this.qualified = this.behindDot;
		this.behindDot = false;
	}

	private void readQuoted() {
		startWord();
		this.start = this.position + 1;
		skipQuoted('"', false);
		this.end = Math.max(this.start, this.position - 1);
		this.startsStatement = this.behindStatement;
		this.behindStatement = false;
		this.quoted = true;
	}

	private void readWord() {
		startWord();
		this.quoted = false;
		this.start = this.position;
		while (isWordPart(at(this.position))) {
			this.position++;
		}
		this.end = this.position;
	}

	/**
	 * E'…', B'…', X'…' and N'…' are strings, and E'…' has backslashes.
	 */
	private boolean startsString() {
		if (this.end - this.start == 1 && at(this.position) == '\'') {
			skipQuoted('\'', at(this.start) == 'e' || at(this.start) == 'E');
			return true;
		}
		return false;
	}

	private void skip(char c) {
		if (c == '\'') {
			skipQuoted(c, false);
		}
		else if (c == '-' && at(this.position + 1) == '-') {
			skipLine();
		}
		else if (c == '/' && at(this.position + 1) == '*') {
			skipComment();
		}
		else if (c == '$') {
			skipDollar();
		}
		else {
			this.behindStatement |= c == ';';
			this.behindDot = c == '.' || (this.behindDot && Character.isWhitespace(c));
			this.position++;
		}
	}

	private void skipQuoted(char quote, boolean backslashes) {
		this.position++;
		while (this.position < this.sql.length()) {
			char c = at(this.position++);
			if (backslashes && c == '\\') {
				this.position++;
			}
			else if (c == quote) {
				if (at(this.position) != quote) {
					return;
				}
				this.position++;
			}
		}
	}

	private void skipLine() {
		while (this.position < this.sql.length() && at(this.position) != '\n' && at(this.position) != '\r') {
			this.position++;
		}
	}

	private void skipComment() {
		int depth = 0;
		do {
			if (at(this.position) == '/' && at(this.position + 1) == '*') {
				depth++;
				this.position += 2;
			}
			else if (at(this.position) == '*' && at(this.position + 1) == '/') {
				depth--;
				this.position += 2;
			}
			else {
				this.position++;
			}
		}
		while (depth > 0 && this.position < this.sql.length());
	}

	private void skipDollar() {
		int tagEnd = this.position + 1;
		while (isWordPart(at(tagEnd)) && at(tagEnd) != '$') {
			tagEnd++;
		}
		if (Character.isDigit(at(this.position + 1)) || at(tagEnd) != '$') {
			this.position++;
			return;
		}
		String tag = this.sql.substring(this.position, tagEnd + 1);
		int close = this.sql.indexOf(tag, tagEnd + 1);
		this.position = (close >= 0) ? close + tag.length() : this.sql.length();
	}

	private char at(int index) {
		return (index < this.sql.length()) ? this.sql.charAt(index) : '\0';
	}

	private static boolean isWordPart(char c) {
		return Character.isLetterOrDigit(c) || c == '_' || c == '$';
	}

}
