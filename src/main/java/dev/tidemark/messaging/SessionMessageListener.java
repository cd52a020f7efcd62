package dev.tidemark.messaging;

import java.util.stream.Stream;

import dev.tidemark.session.Scope;
import dev.tidemark.session.SessionCarrier;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.jms.Session;

import org.springframework.jms.listener.SessionAwareMessageListener;

/**
 * Continues the session of a JMS message while its listener runs.
 */
final class SessionMessageListener implements SessionAwareMessageListener<Message> {

	private final SessionCarrier carrier;

	private final Object listener;

	SessionMessageListener(SessionCarrier carrier, Object listener) {
		this.carrier = carrier;
		this.listener = listener;
	}

	@Override
	public void onMessage(Message message, Session session) throws JMSException {
		try (Scope scope = this.carrier.resume(Stream.ofNullable(message.getStringProperty(JmsSessions.PROPERTY)))) {
			call(message, session);
		}
	}

	@SuppressWarnings("unchecked")
	private void call(Message message, Session session) throws JMSException {
		if (this.listener instanceof SessionAwareMessageListener<?> aware) {
			((SessionAwareMessageListener<Message>) aware).onMessage(message, session);
		}
		else {
			((MessageListener) this.listener).onMessage(message);
		}
	}

}
