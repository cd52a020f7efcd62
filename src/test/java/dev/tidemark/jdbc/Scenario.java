package dev.tidemark.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;

import javax.sql.DataSource;

/**
 * A program that is run twice. Each package-private static method of a class of scenarios
 * is one.
 *
 * @param method the method
 */
record Scenario(Method method) implements Program {

	static Stream<Scenario> in(Class<?> type) {
		return Arrays.stream(type.getDeclaredMethods())
			.filter((method) -> !Modifier.isPrivate(method.getModifiers()) && !method.isSynthetic())
			.sorted(Comparator.comparing(Method::getName))
			.map(Scenario::new);
	}

	String name() {
		return this.method.getName();
	}

	/**
	 * Return whether a step is meant to differ.
	 */
	boolean differsIn(String step) {
		Differs differs = this.method.getAnnotation(Differs.class);
		return differs != null && Arrays.stream(differs.steps()).anyMatch(step::startsWith);
	}

	boolean differs() {
		return this.method.isAnnotationPresent(Differs.class);
	}

	@Override
	public Transcript run(DataSource dataSource) throws Exception {
		Transcript transcript = new Transcript();
		if (this.method.getParameterTypes()[0] == Client.class) {
			try (Client client = new Client(dataSource, transcript)) {
				call(client);
			}
		}
		else {
			call(new SpringClient(dataSource, transcript));
		}
		return transcript;
	}

	private void call(Object client) throws Exception {
		try {
			this.method.invoke(null, client);
		}
		catch (InvocationTargetException ex) {
			throw new AssertionError("The scenario does not catch what it causes", ex.getTargetException());
		}
	}

}
