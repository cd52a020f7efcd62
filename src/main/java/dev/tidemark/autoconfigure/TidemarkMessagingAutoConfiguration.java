package dev.tidemark.autoconfigure;

import dev.tidemark.messaging.JmsSessions;
import dev.tidemark.messaging.KafkaSessions;
import dev.tidemark.messaging.RabbitSessions;
import jakarta.jms.Message;

import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.beans.factory.BeanRegistrar;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.kafka.core.KafkaTemplate;

/**
 * Auto-configuration of what takes sessions along in messages.
 */
@AutoConfiguration(after = TidemarkAutoConfiguration.class)
public final class TidemarkMessagingAutoConfiguration {

	static boolean isWanted(Environment environment) {
		return Activation.isActive(environment)
				&& environment.getProperty("tidemark.messaging.enabled", Boolean.class, true);
	}

	/**
	 * Spring for Apache Kafka.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(KafkaTemplate.class)
	@Import(KafkaBeans.class)
	static class Kafka {

	}

	/**
	 * Registers what processes Kafka's beans, if there is a replica and it is wanted.
	 */
	static final class KafkaBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			if (isWanted(environment)) {
				registry.registerBean("tidemarkKafkaSessions", KafkaSessions.class, (spec) -> spec.infrastructure()
					.supplier((context) -> new KafkaSessions(Carriers.lazily(context))));
			}
		}

	}

	/**
	 * Spring AMQP.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(RabbitTemplate.class)
	@Import(RabbitBeans.class)
	static class Rabbit {

	}

	/**
	 * Registers what processes RabbitMQ's beans, if there is a replica and it is wanted.
	 */
	static final class RabbitBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			if (isWanted(environment)) {
				registry.registerBean("tidemarkRabbitSessions", RabbitSessions.class, (spec) -> spec.infrastructure()
					.supplier((context) -> new RabbitSessions(Carriers.lazily(context))));
			}
		}

	}

	/**
	 * Spring JMS.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ JmsTemplate.class, Message.class })
	@Import(JmsBeans.class)
	static class Jms {

	}

	/**
	 * Registers what processes JMS beans, if there is a replica and it is wanted.
	 */
	static final class JmsBeans implements BeanRegistrar {

		@Override
		public void register(BeanRegistry registry, Environment environment) {
			if (isWanted(environment)) {
				registry.registerBean("tidemarkJmsSessions", JmsSessions.class, (spec) -> spec.infrastructure()
					.supplier((context) -> new JmsSessions(Carriers.lazily(context))));
			}
		}

	}

}
