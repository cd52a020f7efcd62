package dev.tidemark.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * Visits every state that can be reached, breadth first, until one is found that breaks a
 * guarantee. So the way to it is the shortest.
 */
final class Explorer {

	private final Function<World, List<Step>> steps;

	private final Scope scope;

	private final int depth;

	private final List<Origin> origins = new ArrayList<>();

	private final Set<Fingerprint> visited = new HashSet<>();

	private final Queue<Place> places = new ArrayDeque<>();

	private final Words words = new Words();

	private Explorer(Function<World, List<Step>> steps, Scope scope, int depth) {
		this.scope = scope;
		this.steps = steps;
		this.depth = depth;
	}

	/**
	 * Explore.
	 * @param start the first state
	 * @param steps what can happen in a state
	 * @param scope how much there is of everything
	 * @param depth how many steps to go at most
	 * @return what was found
	 */
	static Result explore(World start, Function<World, List<Step>> steps, Scope scope, int depth) {
		return new Explorer(steps, scope, depth).run(start);
	}

	private Result run(World start) {
		visit(new Step("start", start), -1, 0);
		int deepest = 0;
		while (true) {
			Place place = this.places.poll();
			if (place == null) {
				return new Result(this.visited.size(), deepest, null, List.of());
			}
			deepest = place.depth;
			if (place.depth == this.depth) {
				continue;
			}
			for (Step step : this.steps.apply(place.world)) {
				String violation = step.world().violation;
				if (violation != null) {
					List<String> trace = trace(place.origin);
					trace.add(step.label());
					return new Result(this.visited.size(), deepest + 1, violation, trace);
				}
				visit(step, place.origin, place.depth + 1);
			}
		}
	}

	private void visit(Step step, int from, int depth) {
		if (this.visited.add(step.world().fingerprint(this.words, this.scope))) {
			this.origins.add(new Origin(from, step.label()));
			this.places.add(new Place(step.world(), this.origins.size() - 1, depth));
		}
	}

	private List<String> trace(int last) {
		List<String> trace = new ArrayList<>();
		for (int at = last; at > 0; at = this.origins.get(at).from) {
			trace.add(this.origins.get(at).label);
		}
		Collections.reverse(trace);
		return trace;
	}

	/**
	 * Something that can happen.
	 *
	 * @param label what
	 * @param world the state after it
	 */
	record Step(String label, World world) {

	}

	/**
	 * What was found.
	 *
	 * @param states how many states were visited
	 * @param depth how many steps the farthest of them is away
	 * @param violation which guarantee is broken and how, {@code null} if none is
	 * @param trace the shortest way there
	 */
	record Result(int states, int depth, @Nullable String violation, List<String> trace) {

		String story() {
			StringBuilder story = new StringBuilder(String.valueOf(this.violation));
			for (int i = 0; i < this.trace.size(); i++) {
				story.append(System.lineSeparator()).append("  ").append(i + 1).append(". ").append(this.trace.get(i));
			}
			return story.toString();
		}

	}

	private record Origin(int from, String label) {

	}

	private record Place(World world, int origin, int depth) {

	}

}
