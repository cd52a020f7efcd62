package dev.tidemark.app;

import java.util.List;

import dev.tidemark.actuate.ReplicationEndpoint;
import dev.tidemark.actuate.ReplicationEndpoint.MarkerStoreDescriptor;
import dev.tidemark.actuate.ReplicationHealthIndicator;
import dev.tidemark.marker.Markers;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Redis may evict markers, and the health says so.
 */
class EvictionHealthTests {

	private static Servers servers;

	@BeforeAll
	static void start() {
		servers = new Servers();
	}

	@AfterAll
	static void stop() {
		servers.close();
	}

	@Test
	void healthWarnsOfEvictionAndStaysUp() {
		setPolicy("allkeys-lru");
		try (ConfigurableApplicationContext application = start(Application.class)) {
			assertThat(store(application).warning()).contains("allkeys-lru", "noeviction");
			setPolicy("noeviction");
			servers.redis().flush();
			Awaitility.await().until(() -> {
				// Somebody has to notice that the store was emptied.
				application.getBean(Markers.class).read(List.of("0")).join();
				return store(application).warning() == null;
			});
		}
	}

	@Test
	void healthHasNoWarningOtherwise() {
		setPolicy("noeviction");
		try (ConfigurableApplicationContext application = start(Application.class)) {
			assertThat(store(application).warning()).isNull();
		}
	}

	private static MarkerStoreDescriptor store(ConfigurableApplicationContext application) {
		Health health = application.getBean(ReplicationHealthIndicator.class).health();
		assertThat(health).isNotNull();
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		MarkerStoreDescriptor shown = application.getBean(ReplicationEndpoint.class).replication().markerStore();
		assertThat(health.getDetails()).containsEntry("markerStore", shown);
		return shown;
	}

	private static ConfigurableApplicationContext start(Class<?> application) {
		ConfigurableApplicationContext context = servers.start(application, WebApplicationType.NONE);
		Awaitility.await().until(context.getBean(Markers.class)::isAvailable);
		return context;
	}

	private static void setPolicy(String policy) {
		try (RedisClient client = RedisClient.create(RedisURI.create(servers.redis().host(), servers.redis().port()));
				StatefulRedisConnection<String, String> connection = client.connect()) {
			connection.sync().configSet("maxmemory-policy", policy);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
