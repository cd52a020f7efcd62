package dev.tidemark.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains an {@link InvalidTidemarkConfigurationException}.
 */
final class InvalidTidemarkConfigurationFailureAnalyzer
		extends AbstractFailureAnalyzer<InvalidTidemarkConfigurationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidTidemarkConfigurationException cause) {
		return new FailureAnalysis(cause.getMessage(), cause.getAction(), cause);
	}

}
