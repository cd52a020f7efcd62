package dev.tidemark.autoconfigure;

import dev.tidemark.messaging.JmsSessions;
import dev.tidemark.messaging.KafkaSessions;
import dev.tidemark.messaging.RabbitSessions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.RestTemplateCustomizer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for when sessions go with messages and calls.
 */
class CarryingAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(TidemarkMessagingAutoConfiguration.class,
				TidemarkHttpClientAutoConfiguration.class))
		.withPropertyValues("tidemark.replicas.r.url=jdbc:postgresql://host/db",
				"tidemark.web.token.send-to=orders, *.example.com");

	@Test
	void eachLibraryHasItsOwn() {
		this.runner.run((context) -> assertThat(context).hasSingleBean(KafkaSessions.class)
			.hasSingleBean(RabbitSessions.class)
			.hasSingleBean(JmsSessions.class)
			.hasSingleBean(RestClientCustomizer.class)
			.hasSingleBean(RestTemplateCustomizer.class)
			.hasBean("tidemarkWebClients"));
	}

	@Test
	void withoutTheLibrariesThereIsNone() {
		this.runner
			.withClassLoader(new FilteredClassLoader(KafkaTemplate.class, RabbitTemplate.class, JmsTemplate.class,
					RestClientCustomizer.class, WebClient.class))
			.run((context) -> assertThat(context.getBeanNamesForType(Object.class))
				.noneMatch((name) -> name.matches("tidemark(Kafka|Rabbit|Jms|RestClient|RestTemplate|WebClients).*")));
	}

	@Test
	void messagingCanBeSwitchedOff() {
		this.runner.withPropertyValues("tidemark.messaging.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(KafkaSessions.class)
				.doesNotHaveBean(RabbitSessions.class)
				.doesNotHaveBean(JmsSessions.class)
				.hasSingleBean(RestClientCustomizer.class));
	}

	@ParameterizedTest
	@ValueSource(strings = { "tidemark.web.token.send-to=", "tidemark.web.token.enabled=false" })
	void callsCarryNothingUnlessWanted(String property) {
		this.runner.withPropertyValues(property)
			.run((context) -> assertThat(context).doesNotHaveBean(RestClientCustomizer.class)
				.doesNotHaveBean(RestTemplateCustomizer.class)
				.doesNotHaveBean("tidemarkWebClients")
				.hasSingleBean(KafkaSessions.class));
	}

	@Test
	void notInUseWithoutTidemark() {
		this.runner.withPropertyValues("tidemark.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(KafkaSessions.class)
				.doesNotHaveBean(RestClientCustomizer.class));
	}

}
