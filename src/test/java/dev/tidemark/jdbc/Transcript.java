package dev.tidemark.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/**
 * What a program sees, one line for each step.
 */
final class Transcript {

	private final List<Line> lines = new ArrayList<>();

	void add(String step, Callable<?> action) {
		this.lines.add(new Line(step, Outcome.of(action)));
	}

	/**
	 * Return the lines whose step is as asked for.
	 */
	List<String> lines(Predicate<String> step) {
		return this.lines.stream()
			.filter((line) -> step.test(line.step()))
			.map((line) -> line.step() + ": " + line.outcome())
			.toList();
	}

	private record Line(String step, String outcome) {

	}

}
