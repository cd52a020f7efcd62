package dev.tidemark.aop;

/**
 * An annotation of Tidemark would have no effect where it stands, or makes no sense
 * there.
 */
public class InvalidConsistencyAnnotationException extends IllegalStateException {

	private final String action;

	InvalidConsistencyAnnotationException(String where, String why, String action) {
		super("The annotation of Tidemark on " + where + " can't be honoured: " + why + ".");
		this.action = action;
	}

	/**
	 * Return what to do about it.
	 * @return a sentence
	 */
	public String getAction() {
		return this.action;
	}

}
