package dev.tidemark.messaging;

import java.util.Collection;
import java.util.stream.Stream;

import dev.tidemark.session.Scope;
import dev.tidemark.session.SessionCarrier;
import org.aopalliance.aop.Advice;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageBuilder;
import org.springframework.amqp.rabbit.config.BaseRabbitListenerContainerFactory;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Takes sessions along in AMQP messages: has templates send the token, and listeners
 * continue the session. What the application has set on its beans stays.
 */
public final class RabbitSessions implements BeanPostProcessor {

	private final SessionCarrier carrier;

	private final MethodInterceptor receiver;

	/**
	 * Create sessions.
	 * @param carrier carries them
	 */
	public RabbitSessions(SessionCarrier carrier) {
		this.carrier = carrier;
		this.receiver = this::receive;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof RabbitTemplate template) {
			template.addBeforePublishPostProcessors(this::withToken);
		}
		else if (bean instanceof BaseRabbitListenerContainerFactory<?> factory) {
			receive(factory);
		}
		return bean;
	}

	/**
	 * The session is around the application's own advice, such as retries.
	 */
	private void receive(BaseRabbitListenerContainerFactory<?> factory) {
		Advice[] own = factory.getAdviceChain();
		factory.setAdviceChain(
				(own != null) ? Stream.concat(Stream.of(this.receiver), Stream.of(own)).toArray(Advice[]::new)
						: new Advice[] { this.receiver });
	}

	/**
	 * The message of the application stays as it was, because it may be sent again from
	 * another session.
	 */
	private Message withToken(Message message) {
		String token = message.getMessageProperties().getHeaders().containsKey(SessionCarrier.HEADER) ? ""
				: this.carrier.token();
		return token.isEmpty() ? message
				: MessageBuilder.fromMessage(message).setHeader(SessionCarrier.HEADER, token).build();
	}

	private @Nullable Object receive(MethodInvocation invocation) throws Throwable {
		@Nullable Object[] arguments = invocation.getArguments();
		Stream<?> messages = (arguments[1] instanceof Collection<?> batch) ? batch.stream()
				: Stream.ofNullable(arguments[1]);
		try (Scope scope = this.carrier.resume(messages.flatMap(RabbitSessions::token))) {
			return invocation.proceed();
		}
	}

	private static Stream<String> token(@Nullable Object message) {
		return (message instanceof Message received
				&& received.getMessageProperties().getHeader(SessionCarrier.HEADER) instanceof String token)
						? Stream.of(token) : Stream.empty();
	}

}
