package dev.tidemark.history;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import dev.tidemark.ConsistencySession;
import dev.tidemark.ConsistencyToken;

/**
 * Instances with Tidemark. Users are known by their key, visitors by the token that they
 * bring along, as a browser would.
 */
final class TidemarkBackend implements Backend {

	private final List<Instance> instances;

	private final Map<String, Visitor> visitors = new ConcurrentHashMap<>();

	TidemarkBackend(List<Instance> instances) {
		this.instances = instances;
	}

	@Override
	public Result perform(PlannedSession session, Step step) throws Exception {
		Instance instance = this.instances.get(step.instance());
		return session.visitor()
				? this.visitors.computeIfAbsent(session.client(), (name) -> new Visitor()).perform(instance, step)
				: instance.sessions().callAs(session.client(), () -> instance.perform(step));
	}

	/**
	 * Does one thing at a time: a response that comes late must not replace a newer
	 * token.
	 */
	private static final class Visitor {

		private ConsistencyToken token = ConsistencyToken.parse("");

		synchronized Result perform(Instance instance, Step step) throws Exception {
			ConsistencySession sessions = instance.sessions();
			try (ConsistencySession.Resumed resumed = sessions.resume(ConsistencyToken.parse(this.token.toString()))) {
				Result result = instance.perform(step);
				this.token = sessions.token();
				return result;
			}
		}

	}

}
