package dev.tidemark.autoconfigure;

import java.time.Duration;

import io.lettuce.core.RedisClient;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TidemarkRedisAutoConfiguration}.
 */
class TidemarkRedisAutoConfigurationTests {

	private static final Duration WITHOUT_TIDEMARK = Duration.ofSeconds(30);

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(DataRedisAutoConfiguration.class, TidemarkRedisAutoConfiguration.class))
		.withPropertyValues("tidemark.replicas.r.url=jdbc:postgresql://host/db");

	@Test
	void redisThatWasAwayForLongIsConnectedToAsSoonAsItIsBack() {
		this.runner.run((context) -> assertThat(longestWait(context)).isEqualTo(Duration.ofMillis(50)));
	}

	@Test
	void applicationHasTheLastWord() {
		Duration own = Duration.ofSeconds(7);
		this.runner
			.withBean(ClientResourcesBuilderCustomizer.class,
					() -> (resources) -> resources.reconnectDelay(Delay.constant(own)))
			.run((context) -> assertThat(longestWait(context)).isEqualTo(own));
	}

	@ParameterizedTest
	@ValueSource(strings = { "tidemark.enabled=false", "tidemark.marker.store=memory" })
	void clientIsLeftAloneWhereItKeepsNoMarkers(String property) {
		this.runner.withPropertyValues(property)
			.run((context) -> assertThat(longestWait(context)).isEqualTo(WITHOUT_TIDEMARK));
	}

	@Test
	void clientIsLeftAloneWhereThereIsNoReplica() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(DataRedisAutoConfiguration.class, TidemarkRedisAutoConfiguration.class))
			.run((context) -> assertThat(longestWait(context)).isEqualTo(WITHOUT_TIDEMARK));
	}

	@ParameterizedTest
	@ValueSource(classes = { ClientResourcesBuilderCustomizer.class, RedisClient.class })
	void startsWithoutTheLibrary(Class<?> missing) {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(TidemarkRedisAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader(missing))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("tidemarkClientResourcesCustomizer"));
	}

	private static Duration longestWait(AssertableApplicationContext context) {
		return context.getBean(ClientResources.class).reconnectDelay().createDelay(60);
	}

}
