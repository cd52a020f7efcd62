package dev.tidemark;

/**
 * What a session has to see, in a form that can be handed on: to a job, to another
 * service, to a client without a login. Opaque, signed, and not secret: it shows a WAL
 * position and nothing else. Immutable and thread-safe.
 * <p>
 * A token can only ask for fresher reads. One that was forged, damaged, or issued by
 * another cluster or for another user is ignored when it is used.
 *
 * @see ConsistencySession#token()
 * @see ConsistencySession#resume(ConsistencyToken)
 */
public final class ConsistencyToken {

	/**
	 * Longer texts are no tokens, and are dropped unread.
	 */
	private static final int LONGEST = 128;

	private static final ConsistencyToken EMPTY = new ConsistencyToken("");

	private final String text;

	private ConsistencyToken(String text) {
		this.text = text;
	}

	/**
	 * Return the token for a text, whatever the text is.
	 * @param text what {@link #toString()} returned, or what claims to be that
	 * @return the token; one that asks for nothing if the text can't be a token
	 */
	public static ConsistencyToken parse(String text) {
		return (text.isEmpty() || text.length() > LONGEST) ? EMPTY : new ConsistencyToken(text);
	}

	/**
	 * Return whether the token asks for nothing.
	 * @return {@code true} if nothing has to be seen
	 */
	public boolean isEmpty() {
		return this.text.isEmpty();
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof ConsistencyToken token && token.text.equals(this.text);
	}

	@Override
	public int hashCode() {
		return this.text.hashCode();
	}

	/**
	 * Return the text to hand on: letters, digits, {@code -} and {@code _}, fit for a
	 * header or a cookie; empty if the token asks for nothing.
	 */
	@Override
	public String toString() {
		return this.text;
	}

}
