package dev.tidemark.autoconfigure;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

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
		return new SessionCarrier(sessions::getObject, new LazySessions(engine::getObject));
	}

	private record LazySessions(Supplier<RoutingEngine> engine) implements SessionCarrier.Sessions {

		@Override
		public String token(Session session) {
			return this.engine.get().token(session);
		}

		@Override
		public CompletableFuture<?> takeOver(String token, Session session) {
			return this.engine.get().takeOver(token, session);
		}

		@Override
		public void settle(Session session) {
			this.engine.get().settle(session);
		}

	}

}
