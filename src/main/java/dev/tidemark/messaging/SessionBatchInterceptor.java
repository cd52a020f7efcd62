package dev.tidemark.messaging;

import java.util.stream.StreamSupport;

import dev.tidemark.session.SessionCarrier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;

import org.springframework.kafka.listener.BatchInterceptor;

/**
 * Continues the sessions of all records of a batch: its listener sees what any of them
 * had to see. After a failure they last until the end of the poll, because the error
 * handler may call the listener again.
 *
 * @param <K> the type of keys
 * @param <V> the type of values
 */
final class SessionBatchInterceptor<K, V> implements BatchInterceptor<K, V> {

	private final RecordTokens tokens;

	SessionBatchInterceptor(SessionCarrier carrier) {
		this.tokens = new RecordTokens(carrier);
	}

	@Override
	public ConsumerRecords<K, V> intercept(ConsumerRecords<K, V> records, Consumer<K, V> consumer) {
		this.tokens.resume(StreamSupport.stream(records.spliterator(), false));
		return records;
	}

	@Override
	public void success(ConsumerRecords<K, V> records, Consumer<K, V> consumer) {
		this.tokens.end();
	}

	@Override
	public void clearThreadState(Consumer<?, ?> consumer) {
		this.tokens.end();
	}

}
