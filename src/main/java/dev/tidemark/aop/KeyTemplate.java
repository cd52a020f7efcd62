package dev.tidemark.aop;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.common.CompositeStringExpression;
import org.springframework.expression.common.LiteralExpression;
import org.springframework.expression.common.TemplateParserContext;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/**
 * A key of {@link dev.tidemark.ConsistencyKey}, with expressions in it. Immutable and
 * thread-safe.
 */
final class KeyTemplate {

	private static final String RESULT = "result";

	private static final Pattern VARIABLE = Pattern.compile("#([A-Za-z_$][\\w$]*)");

	private static final Pattern POSITIONAL = Pattern.compile("[ap]\\d+");

	private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();

	private final String text;

	private final Method method;

	private final List<Expression> parts;

	private final boolean usesResult;

	private KeyTemplate(String text, Method method, List<Expression> parts, boolean usesResult) {
		this.text = text;
		this.method = method;
		this.parts = parts;
		this.usesResult = usesResult;
	}

	/**
	 * Parse a template.
	 * @param text its text
	 * @param method the method whose parameters it may use
	 * @return the template
	 * @throws InvalidConsistencyAnnotationException if it is no template, or uses a
	 * parameter that the method does not have
	 */
	static KeyTemplate parse(String text, Method method) {
		if (text.isBlank()) {
			throw invalid(text, method, "it is empty", "Name what is read or written, for example post:#{#id}.");
		}
		Expression expression;
		try {
			expression = new SpelExpressionParser().parseExpression(text, new TemplateParserContext());
		}
		catch (ParseException ex) {
			throw invalid(text, method, ex.getMessage(), "Write a template such as post:#{#id}.");
		}
		List<Expression> parts = (expression instanceof CompositeStringExpression composite)
				? List.of(composite.getExpressions()) : List.of(expression);
		Set<String> variables = variables(parts);
		checkParameters(variables, text, method);
		return new KeyTemplate(text, method, parts, variables.contains(RESULT));
	}

	private static Set<String> variables(List<Expression> parts) {
		Set<String> variables = new LinkedHashSet<>();
		for (Expression part : parts) {
			Matcher matcher = VARIABLE.matcher((part instanceof LiteralExpression) ? "" : part.getExpressionString());
			while (matcher.find()) {
				variables.add(matcher.group(1));
			}
		}
		return variables;
	}

	private static void checkParameters(Set<String> variables, String text, Method method) {
		String[] names = NAMES.getParameterNames(method);
		List<String> known = (names != null) ? Arrays.asList(names) : List.of();
		for (String variable : variables) {
			if (!known.contains(variable) && !POSITIONAL.matcher(variable).matches() && !isPredefined(variable)) {
				throw invalid(text, method, "the method has no parameter '" + variable + "'",
						(names != null) ? "Use one of " + known + "."
								: "Compile with the option -parameters, or use #p0, #p1 and so on.");
			}
		}
	}

	private static boolean isPredefined(String variable) {
		return variable.equals(RESULT) || variable.equals("root") || variable.equals("this");
	}

	private static InvalidConsistencyAnnotationException invalid(String text, Method method, @Nullable String why,
			String action) {
		return new InvalidConsistencyAnnotationException(AnnotatedPolicies.describe(method),
				"in its @ConsistencyKey(\"" + text + "\") " + why, action);
	}

	/**
	 * Return the key before the method is called.
	 * @param target the object it is called on
	 * @param arguments its arguments
	 * @return the key, {@code null} if it is not known yet
	 */
	@Nullable String before(@Nullable Object target, @Nullable Object[] arguments) {
		return this.usesResult ? null : evaluate(context(target, arguments));
	}

	/**
	 * Return the key after the method has returned.
	 * @param target the object it was called on
	 * @param arguments its arguments
	 * @param result what it has returned
	 * @return the key, {@code null} if it names nothing
	 */
	@Nullable String after(@Nullable Object target, @Nullable Object[] arguments, @Nullable Object result) {
		MethodBasedEvaluationContext context = context(target, arguments);
		context.setVariable(RESULT, result);
		return evaluate(context);
	}

	private MethodBasedEvaluationContext context(@Nullable Object target, @Nullable Object[] arguments) {
		return new MethodBasedEvaluationContext(target, this.method, arguments, NAMES);
	}

	private @Nullable String evaluate(MethodBasedEvaluationContext context) {
		StringBuilder key = new StringBuilder();
		for (Expression part : this.parts) {
			Object value;
			try {
				value = part.getValue(context);
			}
			catch (EvaluationException ex) {
				throw new IllegalStateException("@ConsistencyKey(\"" + this.text + "\") on "
						+ AnnotatedPolicies.describe(this.method) + " can't be evaluated: " + ex.getMessage(), ex);
			}
			if (value == null) {
				return null;
			}
			key.append(value);
		}
		return key.toString();
	}

}
