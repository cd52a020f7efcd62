package dev.tidemark.messaging;

import java.util.stream.Stream;

import dev.tidemark.session.SessionCarrier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

import org.springframework.kafka.listener.RecordInterceptor;

/**
 * Continues the session of a record until its listener and error handler are done. What
 * an error has left behind ends with the poll at the latest.
 *
 * @param <K> the type of keys
 * @param <V> the type of values
 */
final class SessionRecordInterceptor<K, V> implements RecordInterceptor<K, V> {

	private final RecordTokens tokens;

	SessionRecordInterceptor(SessionCarrier carrier) {
		this.tokens = new RecordTokens(carrier);
	}

	@Override
	public ConsumerRecord<K, V> intercept(ConsumerRecord<K, V> record, Consumer<K, V> consumer) {
		this.tokens.resume(Stream.of(record));
		return record;
	}

	@Override
	public void afterRecord(ConsumerRecord<K, V> record, Consumer<K, V> consumer) {
		this.tokens.end();
	}

	@Override
	public void clearThreadState(Consumer<?, ?> consumer) {
		this.tokens.end();
	}

}
