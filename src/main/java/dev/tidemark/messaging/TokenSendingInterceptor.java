package dev.tidemark.messaging;

import java.nio.charset.StandardCharsets;

import dev.tidemark.session.SessionCarrier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Adds the token to the records that a Kafka producer sends. The record of the
 * application stays as it was, because it may be sent again from another session.
 */
final class TokenSendingInterceptor implements MethodInterceptor {

	private final SessionCarrier carrier;

	TokenSendingInterceptor(SessionCarrier carrier) {
		this.carrier = carrier;
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		@Nullable Object[] arguments = invocation.getArguments();
		if (arguments.length > 0 && arguments[0] instanceof ProducerRecord<?, ?> record) {
			arguments[0] = withToken(record);
		}
		return invocation.proceed();
	}

	private <K, V> ProducerRecord<K, V> withToken(ProducerRecord<K, V> record) {
		String token = (record.headers().lastHeader(SessionCarrier.HEADER) == null) ? this.carrier.token() : "";
		if (token.isEmpty()) {
			return record;
		}
		ProducerRecord<K, V> sent = new ProducerRecord<>(record.topic(), record.partition(), record.timestamp(),
				record.key(), record.value(), record.headers());
		sent.headers().add(SessionCarrier.HEADER, token.getBytes(StandardCharsets.US_ASCII));
		return sent;
	}

}
