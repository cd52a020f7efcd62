package dev.tidemark.autoconfigure;

import dev.tidemark.UserKeyResolver;
import dev.tidemark.routing.PortableSessions;
import dev.tidemark.routing.RoutingEngine;
import dev.tidemark.session.SessionContext;
import dev.tidemark.web.ConsistencyFilter;
import dev.tidemark.web.MarkerPrefetch;
import dev.tidemark.web.RoutingTrace;
import jakarta.servlet.Filter;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.beans.factory.BeanRegistry.SupplierContext;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Import;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Auto-configuration of the servlet filter.
 */
@AutoConfiguration(after = TidemarkAutoConfiguration.class)
@ConditionalOnClass({ Filter.class, OncePerRequestFilter.class, FilterRegistrationBean.class })
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@Import(TidemarkWebAutoConfiguration.WebBeans.class)
public final class TidemarkWebAutoConfiguration {

	private static final Log logger = LogFactory.getLog(TidemarkWebAutoConfiguration.class);

	/**
	 * Registers the filter, if there is a replica and it is wanted.
	 */
	static final class WebBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			if (!Activation.isActive(environment)
					|| !environment.getProperty("tidemark.web.enabled", Boolean.class, true)) {
				return;
			}
			registry.registerBean("tidemarkRoutingTrace", RoutingTrace.class,
					(spec) -> spec.supplier((context) -> new RoutingTrace()));
			registry.registerBean("tidemarkConsistencyFilter",
					new ParameterizedTypeReference<FilterRegistrationBean<ConsistencyFilter>>() {
					}, (spec) -> spec.supplier(WebBeans::filter));
			if (ClassUtils.isPresent("org.springframework.web.servlet.HandlerInterceptor",
					TidemarkWebAutoConfiguration.class.getClassLoader())) {
				registry.register(new MvcBeans());
			}
		}

		private static FilterRegistrationBean<ConsistencyFilter> filter(SupplierContext context) {
			TidemarkProperties.Web web = context.bean(TidemarkProperties.class).web();
			PortableSessions sessions = context.bean(RoutingEngine.class).sessions();
			ConsistencyFilter filter = new ConsistencyFilter(context.bean(SessionContext.class),
					SessionBeans.userKeyResolver(context.beanProvider(UserKeyResolver.class)),
					context.bean(RoutingTrace.class), sessions::clientToken, sessions::settle,
					new ConsistencyFilter.Options(web.exposeRouting(), web.allowReadFrom(),
							web.token().enabled() ? web.token().cookieName() : null));
			if (web.token().enabled() && web.token().secret() == null) {
				logger
					.warn("tidemark.web.token.secret is not set: session tokens are signed with a random key, so each "
							+ "instance accepts its own only. Set the same 32 random bytes on all instances");
			}
			FilterRegistrationBean<ConsistencyFilter> registration = new FilterRegistrationBean<>(filter);
			registration.setOrder(ConsistencyFilter.ORDER);
			return registration;
		}

	}

	/**
	 * Registers what needs Spring MVC.
	 */
	static final class MvcBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			registry.registerBean("tidemarkMarkerPrefetch", WebMvcConfigurer.class,
					(spec) -> spec.supplier(MvcBeans::prefetch));
		}

		private static WebMvcConfigurer prefetch(SupplierContext context) {
			MarkerPrefetch prefetch = new MarkerPrefetch(() -> context.bean(RoutingEngine.class).prefetch());
			return new WebMvcConfigurer() {

				@Override
				public void addInterceptors(InterceptorRegistry registry) {
					registry.addInterceptor(prefetch).order(Ordered.HIGHEST_PRECEDENCE);
				}

			};
		}

	}

}
