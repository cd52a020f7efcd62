package dev.tidemark.history;

/**
 * A read that saw less than it was promised.
 *
 * @param guarantee the name of the guarantee
 * @param read the read
 * @param row the row of which it saw too old a version
 * @param seen the version that it saw
 * @param expected the version that it had to see at least
 * @param because what made that version visible
 */
public record Violation(String guarantee, Read read, String row, long seen, long expected, Object because) {

	@Override
	public String toString() {
		return this.guarantee + ": " + this.read + " saw " + this.row + "=" + this.seen + " instead of " + this.expected
				+ ", although " + this.because;
	}

}
