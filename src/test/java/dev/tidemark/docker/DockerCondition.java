package dev.tidemark.docker;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.RemoteDockerImage;

/**
 * Skips a test that {@link NeedsDocker}, with the reason on the console.
 */
final class DockerCondition implements ExecutionCondition {

	@Override
	public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
		return AnnotationSupport.findAnnotation(context.getElement(), NeedsDocker.class)
			.map((annotation) -> evaluate(context, annotation.value()))
			.orElseGet(() -> ConditionEvaluationResult.enabled("decided for the class around"));
	}

	private static ConditionEvaluationResult evaluate(ExtensionContext context, Image... images) {
		String reason = whyNot(images);
		if (reason == null) {
			return ConditionEvaluationResult.enabled("Docker answers");
		}
		System.out.println("SKIPPED " + context.getDisplayName() + ": " + reason);
		return ConditionEvaluationResult.disabled(reason);
	}

	private static @Nullable String whyNot(Image... images) {
		if (!DockerClientFactory.instance().isDockerAvailable()) {
			return "Docker does not answer";
		}
		return Arrays.stream(images)
			.filter((image) -> !isPresent(image))
			.findFirst()
			.map(DockerCondition::missing)
			.orElse(null);
	}

	/**
	 * Pulls the image if it is not here yet.
	 */
	private static boolean isPresent(Image image) {
		try {
			new RemoteDockerImage(image.imageName()).get();
			return true;
		}
		catch (RuntimeException ex) {
			return false;
		}
	}

	private static String missing(Image image) {
		return "Docker answers, but the image " + image.imageName() + " is not here and can't be pulled. Set "
				+ image.name() + "_VERSION to another version, or see that the registry can be reached";
	}

}
