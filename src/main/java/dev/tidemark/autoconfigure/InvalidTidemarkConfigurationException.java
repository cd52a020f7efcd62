package dev.tidemark.autoconfigure;

/**
 * Something about the configuration makes it impossible to keep Tidemark's guarantees.
 */
public class InvalidTidemarkConfigurationException extends RuntimeException {

	private final String action;

	InvalidTidemarkConfigurationException(String description, String action) {
		super(description);
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
