package dev.tidemark.autoconfigure;

import dev.tidemark.session.SessionAccessor;
import dev.tidemark.session.SessionContext;
import io.micrometer.context.ContextRegistry;

import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of the way to other threads.
 */
@AutoConfiguration(after = TidemarkAutoConfiguration.class)
@ConditionalOnClass(ContextRegistry.class)
@Import(TidemarkContextPropagationAutoConfiguration.AccessorBeans.class)
public final class TidemarkContextPropagationAutoConfiguration {

	/**
	 * Registers the accessor, if there is a replica.
	 */
	static final class AccessorBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			if (Activation.isActive(environment)) {
				registry.registerBean("tidemarkContextPropagation", Registration.class, (spec) -> spec
					.supplier((context) -> new Registration(new SessionAccessor(context.bean(SessionContext.class)))));
			}
		}

	}

	/**
	 * Keeps the accessor with Micrometer's registry, which is one for the whole JVM, as
	 * long as the application runs.
	 */
	static final class Registration implements DisposableBean {

		private final Object key;

		Registration(SessionAccessor accessor) {
			this.key = accessor.key();
			ContextRegistry.getInstance().registerThreadLocalAccessor(accessor);
		}

		@Override
		public void destroy() {
			ContextRegistry.getInstance().removeThreadLocalAccessor(String.valueOf(this.key));
		}

	}

}
