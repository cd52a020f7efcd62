package dev.tidemark.session;

import java.util.Set;

import dev.tidemark.UserKeyResolver;
import org.jspecify.annotations.Nullable;

/**
 * Which session and which read policy are current on a thread. Thread-safe.
 * <p>
 * A thread on which no session was opened has one of its own, so that code outside a
 * request reads what it has just written on the same thread. Left behind on a pooled
 * thread it can only raise a fence, never lower one.
 */
public final class SessionContext {

	private final ThreadLocal<@Nullable Session> session = new ThreadLocal<>();

	private final ThreadLocal<Session> ownSession;

	private final ThreadLocal<@Nullable ReadPolicy> policy = new ThreadLocal<>();

	/**
	 * Create a context.
	 * @param user says who the user of a thread is on which no session was opened
	 */
	public SessionContext(UserKeyResolver user) {
		this.ownSession = ThreadLocal.withInitial(() -> Session.lasting(user));
	}

	/**
	 * Return the current session.
	 * @return never {@code null}
	 */
	public Session session() {
		Session current = this.session.get();
		return (current != null) ? current : this.ownSession.get();
	}

	/**
	 * Return the current policy.
	 * @return never {@code null}
	 */
	public ReadPolicy policy() {
		ReadPolicy current = this.policy.get();
		return (current != null) ? current : ReadPolicy.DEFAULT;
	}

	/**
	 * Make a session current on this thread.
	 * @param session the session
	 * @return ends it
	 */
	public Scope open(Session session) {
		return bind(this.session, session);
	}

	/**
	 * Make a policy current on this thread, inside the one that is.
	 * @param policy the policy
	 * @return ends it
	 */
	public Scope apply(ReadPolicy policy) {
		return bind(this.policy, policy.inside(policy()));
	}

	/**
	 * Name what is read and written on this thread.
	 * @param topics beside those named before
	 * @return ends it, but for a transaction that is open now: it is about them until its
	 * end
	 */
	public Scope about(Set<String> topics) {
		noteWithTransaction(topics);
		return apply(ReadPolicy.about(topics));
	}

	/**
	 * Name what the current transaction is about.
	 * @param topics beside those named before
	 * @return {@code false} if there is no transaction
	 */
	public boolean noteWithTransaction(Set<String> topics) {
		boolean active = !topics.isEmpty() && TransactionTopics.isActive();
		if (active) {
			TransactionTopics.add(topics);
		}
		return active;
	}

	/**
	 * Return what is read and written now, beside the user's own.
	 * @return the topics
	 */
	public Set<String> topics() {
		return ReadPolicy.union(TransactionTopics.current(), policy().topics());
	}

	/**
	 * Return what is current on this thread, for another one. The session that a thread
	 * has of its own is, once it has written, or seen the primary.
	 * @return {@code null} if there is nothing to take along
	 */
	@Nullable Current current() {
		Session opened = this.session.get();
		Session own = this.ownSession.get();
		Session session = (opened == null && own.hasFence()) ? own : opened;
		ReadPolicy policy = this.policy.get();
		return (session != null || policy != null) ? new Current(session, session == opened, policy) : null;
	}

	/**
	 * Make something else current on this thread.
	 * @param session the session, {@code null} for none
	 * @param policy the policy, {@code null} for none
	 */
	void replace(@Nullable Session session, @Nullable ReadPolicy policy) {
		set(this.session, session);
		set(this.policy, policy);
	}

	private static <T> void set(ThreadLocal<@Nullable T> variable, @Nullable T value) {
		if (value != null) {
			variable.set(value);
		}
		else {
			variable.remove();
		}
	}

	private static <T> Scope bind(ThreadLocal<@Nullable T> variable, T value) {
		T before = variable.get();
		variable.set(value);
		return () -> set(variable, before);
	}

	/**
	 * What is current on a thread.
	 *
	 * @param session the session, {@code null} if there is none to take along
	 * @param opened whether it was opened, and is not the thread's own
	 * @param policy the policy, {@code null} if none was applied
	 */
	record Current(@Nullable Session session, boolean opened, @Nullable ReadPolicy policy) {

	}

}
