package dev.tidemark.web;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

import dev.tidemark.routing.Decision;
import dev.tidemark.routing.RoutingListener;
import dev.tidemark.session.Scope;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

/**
 * Collects what is decided on the thread of a request, for its response headers.
 * Thread-safe.
 */
public final class RoutingTrace implements RoutingListener {

	static final String SERVED_BY = "Tidemark-Served-By";

	static final String REASON = "Tidemark-Reason";

	static final String STALENESS = "Tidemark-Staleness-Ms";

	private final ThreadLocal<@Nullable List<Decision>> decisions = new ThreadLocal<>();

	@Override
	public void onDecision(Decision decision) {
		List<Decision> current = this.decisions.get();
		if (current != null) {
			current.add(decision);
		}
	}

	Scope start() {
		this.decisions.set(new ArrayList<>());
		return this.decisions::remove;
	}

	/**
	 * Write the headers. A request that used several servers names each of them once, in
	 * the order of their first use, with the reasons likewise.
	 */
	void writeTo(HttpServletResponse response) {
		List<Decision> current = this.decisions.get();
		if (current == null || current.isEmpty()) {
			return;
		}
		response.setHeader(SERVED_BY,
				current.stream().map(Decision::target).distinct().collect(Collectors.joining(",")));
		response.setHeader(REASON,
				current.stream()
					.map((decision) -> decision.reason().tag())
					.distinct()
					.collect(Collectors.joining(",")));
		long staleness = current.stream().mapToLong((decision) -> decision.stalenessBound().toMillis()).max().orElse(0);
		response.setHeader(STALENESS, Long.toString(staleness));
	}

}
