package dev.tidemark.routing;

import java.util.concurrent.CompletableFuture;

import dev.tidemark.marker.MarkerReading;
import dev.tidemark.session.FenceSource;
import dev.tidemark.session.Session;
import dev.tidemark.session.SessionCarrier;
import dev.tidemark.session.SessionContext;
import dev.tidemark.session.SessionTokens;
import dev.tidemark.wal.ReplicationMonitor;
import dev.tidemark.wal.WalPosition;

/**
 * Makes the tokens by which a session goes on elsewhere, and takes over what they say.
 * Thread-safe.
 */
public final class PortableSessions implements SessionCarrier.Sessions {

	private final SessionContext context;

	private final ReplicationMonitor monitor;

	private final FenceSource fences;

	private final SessionTokens tokens;

	private final WriteRecorder recorder;

	PortableSessions(SessionContext context, ReplicationMonitor monitor, FenceSource fences, SessionTokens tokens,
			WriteRecorder recorder) {
		this.context = context;
		this.monitor = monitor;
		this.fences = fences;
		this.tokens = tokens;
		this.recorder = recorder;
	}

	/**
	 * Return a token of what a session has to see. May ask the marker store, and the
	 * primary for what was read there outside transactions. When the store does not
	 * answer, the primary's position covers what it may have kept.
	 * @param session the session
	 * @return the text of the token, empty if nothing has to be seen, or if the cluster
	 * is not known yet
	 */
	@Override
	public String token(Session session) {
		settle(session);
		return token(session, session.fence(this.context.topics(), this.fences).join());
	}

	/**
	 * Return a token of what is known of a session without asking the marker store: what
	 * its client has to carry beside the marker.
	 * @param session the session, which ends
	 * @return the text of the token, empty if the client needs no other than it has
	 */
	public String clientToken(Session session) {
		settle(session);
		return session.hasNews() ? token(session, session.knownFence(this.fences).join()) : "";
	}

	private String token(Session session, MarkerReading fence) {
		String systemIdentifier = this.monitor.status().primary().systemIdentifier();
		WalPosition position = fence.known() ? fence.written() : this.monitor.status().primary().position();
		boolean saysSomething = position != null || session.isKnownByToken();
		return (systemIdentifier != null && saysSomething)
				? this.tokens.write(position, session.tokenKey(), session.seat(), systemIdentifier) : "";
	}

	@Override
	public CompletableFuture<?> takeOver(String token, Session session) {
		return this.fences.token(token, session.tokenKey()).fence().thenAccept((known) -> {
			if (known.written() != null) {
				session.saw(known.written());
			}
		});
	}

	/**
	 * Make sure that what a session has read on the primary is remembered when it is
	 * continued elsewhere.
	 * @param session the session, which ends
	 */
	@Override
	public void settle(Session session) {
		Long moment = session.sawPrimaryAt();
		if (moment != null
				&& !this.monitor.status().replicas().stream().allMatch((replica) -> replica.isCompleteAsOf(moment))) {
			this.recorder.seenPrimary(session.ofLastUser(), moment);
		}
	}

}
