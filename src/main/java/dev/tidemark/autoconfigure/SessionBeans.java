package dev.tidemark.autoconfigure;

import dev.tidemark.ConsistencySession;
import dev.tidemark.UserKeyResolver;
import dev.tidemark.routing.RoutingEngine;
import dev.tidemark.session.ContextConsistencySession;
import dev.tidemark.session.SessionContext;
import dev.tidemark.web.RequestUserKeyResolver;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.beans.factory.BeanRegistry.SupplierContext;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;
import org.springframework.util.function.SingletonSupplier;

/**
 * Registers what an application may inject, whether there is a replica or not.
 */
final class SessionBeans implements BeanRegistrar {

	private static final boolean WEB_PRESENT = ClassUtils.isPresent("jakarta.servlet.Servlet",
			SessionBeans.class.getClassLoader())
			&& ClassUtils.isPresent("org.springframework.web.context.request.RequestContextHolder",
					SessionBeans.class.getClassLoader());

	@Override
	public void register(BeanRegistry registry, Environment environment) {
		registry.registerBean("tidemarkSessionContext", SessionContext.class, (spec) -> spec.infrastructure()
			.supplier((context) -> new SessionContext(userKeyResolver(context.beanProvider(UserKeyResolver.class)))));
		registry.registerBean("tidemarkConsistencySession", ConsistencySession.class,
				(spec) -> spec.fallback().supplier(SessionBeans::consistencySession));
	}

	private static ConsistencySession consistencySession(SupplierContext context) {
		SessionContext sessions = context.bean(SessionContext.class);
		ObjectProvider<RoutingEngine> engine = context.beanProvider(RoutingEngine.class);
		return new ContextConsistencySession(sessions, () -> token(engine.getIfAvailable(), sessions),
				(session) -> engine.ifAvailable((available) -> available.sessions().settle(session)));
	}

	/**
	 * Without a replica there is nothing that a read could miss.
	 */
	private static String token(@Nullable RoutingEngine engine, SessionContext sessions) {
		return (engine != null) ? engine.sessions().token(sessions.session()) : "";
	}

	/**
	 * The application's own resolver may need the database itself, so it is not asked for
	 * before the first transaction.
	 */
	static UserKeyResolver userKeyResolver(ObjectProvider<UserKeyResolver> provider) {
		SingletonSupplier<UserKeyResolver> resolver = SingletonSupplier
			.of(() -> provider.getIfAvailable(SessionBeans::defaultResolver));
		return () -> resolver.obtain().currentUserKey();
	}

	private static UserKeyResolver defaultResolver() {
		return WEB_PRESENT ? new RequestUserKeyResolver() : () -> null;
	}

}
