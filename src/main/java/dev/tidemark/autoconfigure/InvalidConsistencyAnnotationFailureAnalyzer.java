package dev.tidemark.autoconfigure;

import dev.tidemark.aop.InvalidConsistencyAnnotationException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains an {@link InvalidConsistencyAnnotationException}.
 */
final class InvalidConsistencyAnnotationFailureAnalyzer
		extends AbstractFailureAnalyzer<InvalidConsistencyAnnotationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidConsistencyAnnotationException cause) {
		return new FailureAnalysis(cause.getMessage(), cause.getAction(), cause);
	}

}
