package dev.tidemark.messaging;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

import dev.tidemark.session.Scope;
import dev.tidemark.session.SessionCarrier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * The session of the records that a Kafka consumer's thread is at. Thread-safe.
 */
final class RecordTokens {

	private final SessionCarrier carrier;

	private final ThreadLocal<@Nullable Scope> scope = new ThreadLocal<>();

	RecordTokens(SessionCarrier carrier) {
		this.carrier = carrier;
	}

	/**
	 * Continue the sessions of some records, after the end of the ones before.
	 */
	void resume(Stream<? extends ConsumerRecord<?, ?>> records) {
		end();
		this.scope.set(this.carrier.resume(records.map(RecordTokens::token).flatMap(Stream::ofNullable)));
	}

	void end() {
		Scope current = this.scope.get();
		if (current != null) {
			this.scope.remove();
			current.close();
		}
	}

	private static @Nullable String token(ConsumerRecord<?, ?> record) {
		Header header = record.headers().lastHeader(SessionCarrier.HEADER);
		return (header != null && header.value() != null) ? new String(header.value(), StandardCharsets.US_ASCII)
				: null;
	}

}
