package dev.tidemark.history;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Instances with Tidemark. Users are known by their key, visitors by the token that they
 * bring along, as a browser would.
 */
public final class TidemarkBackend implements Backend {

	private final List<? extends Member> instances;

	private final Map<String, Visitor> visitors = new ConcurrentHashMap<>();

	public TidemarkBackend(List<? extends Member> instances) {
		this.instances = instances;
	}

	@Override
	public Result perform(PlannedSession session, Step step) throws Exception {
		Member instance = this.instances.get(step.instance());
		return session.visitor()
				? this.visitors.computeIfAbsent(session.client(), (name) -> new Visitor()).perform(instance, step)
				: instance.performAs(session.client(), step);
	}

	/**
	 * Does one thing at a time: a response that comes late must not replace a newer
	 * token.
	 */
	private static final class Visitor {

		private String token = "";

		synchronized Result perform(Member instance, Step step) throws Exception {
			Member.Continued continued = instance.performWith(this.token, step);
			this.token = continued.token();
			return continued.result();
		}

	}

}
