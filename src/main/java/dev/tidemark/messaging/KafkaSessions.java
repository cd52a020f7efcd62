package dev.tidemark.messaging;

import dev.tidemark.session.SessionCarrier;
import org.apache.kafka.clients.producer.Producer;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.kafka.config.AbstractKafkaListenerContainerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.core.ProducerFactory;
import org.springframework.kafka.core.ProducerPostProcessor;
import org.springframework.kafka.listener.BatchInterceptor;
import org.springframework.kafka.listener.CompositeBatchInterceptor;
import org.springframework.kafka.listener.CompositeRecordInterceptor;
import org.springframework.kafka.listener.RecordInterceptor;

/**
 * Takes sessions along in Kafka records: has producers send the token, and listeners
 * continue the session. What the application has set on its beans stays.
 */
public final class KafkaSessions implements BeanPostProcessor {

	private final SessionCarrier carrier;

	private final ProducerPostProcessor<Object, Object> sender;

	/**
	 * Create sessions.
	 * @param carrier carries them
	 */
	public KafkaSessions(SessionCarrier carrier) {
		this.carrier = carrier;
		this.sender = this::sending;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof ProducerFactory<?, ?> factory) {
			send(factory);
		}
		else if (bean instanceof KafkaTemplate<?, ?> template) {
			send(template.getProducerFactory());
		}
		else if (bean instanceof AbstractKafkaListenerContainerFactory<?, ?, ?> factory) {
			receive(factory);
		}
		return bean;
	}

	@SuppressWarnings("unchecked")
	private void send(ProducerFactory<?, ?> any) {
		ProducerFactory<Object, Object> factory = (ProducerFactory<Object, Object>) any;
		if (!factory.getPostProcessors().contains(this.sender)) {
			factory.addPostProcessor(this.sender);
		}
	}

	@SuppressWarnings("unchecked")
	private Producer<Object, Object> sending(Producer<Object, Object> producer) {
		ProxyFactory proxy = new ProxyFactory(Producer.class, new TokenSendingInterceptor(this.carrier));
		proxy.setTarget(producer);
		return (Producer<Object, Object>) proxy.getProxy(Producer.class.getClassLoader());
	}

	/**
	 * The session is around the application's own interceptors.
	 */
	@SuppressWarnings("unchecked")
	private <K, V> void receive(AbstractKafkaListenerContainerFactory<?, K, V> factory) {
		RecordInterceptor<K, V> ofRecords = factory.getRecordInterceptor();
		RecordInterceptor<K, V> records = new SessionRecordInterceptor<>(this.carrier);
		factory
			.setRecordInterceptor((ofRecords != null) ? new CompositeRecordInterceptor<>(records, ofRecords) : records);
		BatchInterceptor<K, V> ofBatches = factory.getBatchInterceptor();
		BatchInterceptor<K, V> batches = new SessionBatchInterceptor<>(this.carrier);
		factory
			.setBatchInterceptor((ofBatches != null) ? new CompositeBatchInterceptor<>(batches, ofBatches) : batches);
	}

}
