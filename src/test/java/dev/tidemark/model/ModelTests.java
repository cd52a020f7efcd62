package dev.tidemark.model;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

import dev.tidemark.model.Explorer.Result;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Explores the protocol. The system property {@code model.depth} sets how many steps it
 * goes at most, in place of each scope's own number.
 */
class ModelTests {

	@ParameterizedTest
	@MethodSource
	void everyGuaranteeHolds(Scope scope) {
		Result result = explore(scope, EnumSet.noneOf(Rule.class));
		assertThat(result.violation()).as(result.story()).isNull();
	}

	static Stream<Scope> everyGuaranteeHolds() {
		return Arrays.stream(Scope.values());
	}

	@ParameterizedTest
	@EnumSource
	void everyRuleIsNeeded(Rule rule) {
		Result result = explore(rule.scope(), EnumSet.of(rule));
		assertThat(result.violation()).isNotNull();
	}

	private static Result explore(Scope scope, Set<Rule> removed) {
		Model model = new Model(scope, removed);
		long start = System.nanoTime();
		Result result = Explorer.explore(model.start(), model::steps, scope,
				Integer.getInteger("model.depth", scope.depth));
		String what = removed.isEmpty() ? "all rules" : "without " + removed;
		System.out.println(scope + " " + what + ": " + result.states() + " states, " + result.depth() + " steps, "
				+ (System.nanoTime() - start) / 1_000_000 + " ms, "
				+ ((result.violation() != null) ? result.story() : "no violation"));
		return result;
	}

}
