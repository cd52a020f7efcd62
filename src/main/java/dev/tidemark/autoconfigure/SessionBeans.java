package dev.tidemark.autoconfigure;

import dev.tidemark.ConsistencySession;
import dev.tidemark.UserKeyResolver;
import dev.tidemark.session.ContextConsistencySession;
import dev.tidemark.session.SessionContext;
import dev.tidemark.web.RequestUserKeyResolver;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
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
		registry.registerBean("tidemarkConsistencySession", ConsistencySession.class, (spec) -> spec.fallback()
			.supplier((context) -> new ContextConsistencySession(context.bean(SessionContext.class))));
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
