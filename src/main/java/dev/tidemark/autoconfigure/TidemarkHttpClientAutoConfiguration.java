package dev.tidemark.autoconfigure;

import java.util.List;

import dev.tidemark.client.TokenExchangeFilter;
import dev.tidemark.client.TokenRequestInterceptor;
import dev.tidemark.client.TrustedHosts;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.beans.factory.BeanRegistry.SupplierContext;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.RestTemplateCustomizer;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Auto-configuration of what takes sessions along in HTTP calls, for the hosts that
 * {@code tidemark.web.token.send-to} names.
 */
@AutoConfiguration(after = TidemarkAutoConfiguration.class)
public final class TidemarkHttpClientAutoConfiguration {

	private static final String SEND_TO = "tidemark.web.token.send-to";

	static boolean isWanted(Environment environment) {
		return Activation.isActive(environment)
				&& environment.getProperty("tidemark.web.token.enabled", Boolean.class, true)
				&& !sendTo(environment).isEmpty();
	}

	private static List<String> sendTo(Environment environment) {
		return Binder.get(environment).bind(SEND_TO, Bindable.listOf(String.class)).orElse(List.of());
	}

	private static TrustedHosts hosts(SupplierContext context) {
		return new TrustedHosts(sendTo(context.bean(Environment.class)));
	}

	/**
	 * {@code RestClient} and {@code RestTemplate}.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ RestClientCustomizer.class, RestClient.class })
	@Import(BlockingClientBeans.class)
	static class BlockingClients {

	}

	/**
	 * Registers customizers, if there is a replica and a host.
	 */
	static final class BlockingClientBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			if (isWanted(environment)) {
				registry.registerBean("tidemarkRestClientCustomizer", RestClientCustomizer.class,
						(spec) -> spec.supplier((context) -> forRestClient(interceptor(context))));
				registry.registerBean("tidemarkRestTemplateCustomizer", RestTemplateCustomizer.class,
						(spec) -> spec.supplier((context) -> forRestTemplate(interceptor(context))));
			}
		}

		private static TokenRequestInterceptor interceptor(SupplierContext context) {
			return new TokenRequestInterceptor(Carriers.lazily(context), hosts(context));
		}

		private static RestClientCustomizer forRestClient(TokenRequestInterceptor interceptor) {
			return (builder) -> builder.requestInterceptor(interceptor);
		}

		private static RestTemplateCustomizer forRestTemplate(TokenRequestInterceptor interceptor) {
			return (template) -> template.getInterceptors().add(interceptor);
		}

	}

	/**
	 * {@code WebClient}.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(WebClient.class)
	@Import(ReactiveClientBeans.class)
	static class ReactiveClients {

	}

	/**
	 * Registers what processes builders, if there is a replica and a host.
	 */
	static final class ReactiveClientBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			if (isWanted(environment)) {
				registry.registerBean("tidemarkWebClients", WebClients.class,
						(spec) -> spec.infrastructure()
							.supplier((context) -> new WebClients(
									new TokenExchangeFilter(Carriers.lazily(context), hosts(context)))));
			}
		}

	}

	/**
	 * Adds the filter to each builder that is a bean.
	 */
	static final class WebClients implements BeanPostProcessor {

		private final TokenExchangeFilter filter;

		WebClients(TokenExchangeFilter filter) {
			this.filter = filter;
		}

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			if (bean instanceof WebClient.Builder builder) {
				builder.filter(this.filter);
			}
			return bean;
		}

	}

}
