package dev.tidemark.autoconfigure;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import dev.tidemark.routing.PortableSessions;
import dev.tidemark.routing.RoutingEngine;
import dev.tidemark.session.Session;
import dev.tidemark.session.SessionCarrier;
import dev.tidemark.session.SessionContext;

import org.springframework.beans.factory.BeanRegistry.SupplierContext;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Makes what takes sessions along. It looks for beans when it is used, so that what
 * processes beans may have it.
 */
final class Carriers {

	private Carriers() {
	}

	static SessionCarrier lazily(SupplierContext context) {
		ObjectProvider<SessionContext> sessions = context.beanProvider(SessionContext.class);
		ObjectProvider<RoutingEngine> engine = context.beanProvider(RoutingEngine.class);
		return new SessionCarrier(sessions::getObject, new LazySessions(() -> engine.getObject().sessions()));
	}

	private record LazySessions(Supplier<PortableSessions> sessions) implements SessionCarrier.Sessions {

		@Override
		public String token(Session session) {
			return this.sessions.get().token(session);
		}

		@Override
		public CompletableFuture<?> takeOver(String token, Session session) {
			return this.sessions.get().takeOver(token, session);
		}

		@Override
		public void settle(Session session) {
			this.sessions.get().settle(session);
		}

	}

}
