package dev.tidemark.messaging;

import dev.tidemark.session.SessionCarrier;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.jms.config.AbstractJmsListenerContainerFactory;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.jms.listener.AbstractMessageListenerContainer;
import org.springframework.jms.support.converter.MessageConverter;

/**
 * Takes sessions along in JMS messages: has templates send the token with what they
 * convert, and listeners continue the session. What the application has set on its beans
 * stays.
 */
public final class JmsSessions implements BeanPostProcessor {

	/**
	 * The names of JMS properties are Java identifiers.
	 */
	static final String PROPERTY = SessionCarrier.HEADER.replace('-', '_');

	private final SessionCarrier carrier;

	/**
	 * Create sessions.
	 * @param carrier carries them
	 */
	public JmsSessions(SessionCarrier carrier) {
		this.carrier = carrier;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof JmsTemplate template) {
			MessageConverter converter = template.getMessageConverter();
			if (converter != null) {
				template.setMessageConverter((MessageConverter) proxy(converter, false, this::withToken));
			}
		}
		else if (bean instanceof AbstractJmsListenerContainerFactory<?> factory) {
			return proxy(factory, true, this::withSessions);
		}
		return bean;
	}

	/**
	 * A template has no other place for it. The converter keeps all its interfaces.
	 */
	private @Nullable Object withToken(MethodInvocation invocation) throws Throwable {
		Object result = invocation.proceed();
		if (result instanceof Message message) {
			addToken(message);
		}
		return result;
	}

	private void addToken(Message message) throws JMSException {
		String token = message.propertyExists(PROPERTY) ? "" : this.carrier.token();
		if (!token.isEmpty()) {
			message.setStringProperty(PROPERTY, token);
		}
	}

	/**
	 * A factory tells nobody of the containers that it makes.
	 */
	private @Nullable Object withSessions(MethodInvocation invocation) throws Throwable {
		Object result = invocation.proceed();
		if (result instanceof AbstractMessageListenerContainer container
				&& invocation.getMethod().getName().equals("createListenerContainer")) {
			Object listener = container.getMessageListener();
			if (listener != null) {
				container.setMessageListener(new SessionMessageListener(this.carrier, listener));
			}
		}
		return result;
	}

	private static Object proxy(Object target, boolean keepClass, MethodInterceptor interceptor) {
		ProxyFactory proxy = new ProxyFactory(target);
		proxy.setProxyTargetClass(keepClass);
		proxy.addAdvice(interceptor);
		return proxy.getProxy(target.getClass().getClassLoader());
	}

}
