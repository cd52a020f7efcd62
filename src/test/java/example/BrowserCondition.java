package example;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips a test that {@link NeedsBrowser}, with the reason on the console.
 */
final class BrowserCondition implements ExecutionCondition {

	private static final String MISSING = "chromium and chromedriver are not both on the PATH. On Debian: "
			+ "apt-get install chromium chromium-driver";

	@Override
	public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
		if (Browser.isInstalled()) {
			return ConditionEvaluationResult.enabled("Chromium is installed");
		}
		if (context.getTestMethod().isEmpty()) {
			System.out.println("SKIPPED " + context.getDisplayName() + ": " + MISSING);
		}
		return ConditionEvaluationResult.disabled(MISSING);
	}

}
