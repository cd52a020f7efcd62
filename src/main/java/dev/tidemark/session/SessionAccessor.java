package dev.tidemark.session;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Takes the current session to other threads, by Micrometer's context propagation: what
 * runs there is part of the same unit of work. The read policy goes along, because what
 * an annotated method has others do is done inside it; a transaction does not.
 * Thread-safe.
 */
public final class SessionAccessor implements ThreadLocalAccessor<SessionAccessor.Captured> {

	private final SessionContext context;

	private final String key;

	/**
	 * Create an accessor.
	 * @param context where sessions are current
	 */
	public SessionAccessor(SessionContext context) {
		this.context = context;
		this.key = "dev.tidemark.session." + Integer.toHexString(System.identityHashCode(context));
	}

	@Override
	public Object key() {
		return this.key;
	}

	@Override
	public @Nullable Captured getValue() {
		SessionContext.Current current = this.context.current();
		if (current == null) {
			return null;
		}
		Session session = current.session();
		return new Captured(current.opened() ? session : null, (session != null) ? session.handOver() : null,
				current.policy());
	}

	@Override
	public void setValue(Captured value) {
		this.context.replace(value.handedOver, value.policy);
	}

	@Override
	public void setValue() {
		this.context.replace(null, null);
	}

	@Override
	public void restore(Captured previous) {
		this.context.replace(previous.session, previous.policy);
	}

	@Override
	public void restore() {
		this.context.replace(null, null);
	}

	/**
	 * What was current on a thread, and what is to be current on another. Immutable.
	 */
	public static final class Captured {

		private final @Nullable Session session;

		private final @Nullable Session handedOver;

		private final @Nullable ReadPolicy policy;

		Captured(@Nullable Session session, @Nullable Session handedOver, @Nullable ReadPolicy policy) {
			this.session = session;
			this.handedOver = handedOver;
			this.policy = policy;
		}

	}

}
