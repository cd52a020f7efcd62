package example;

import java.util.Map;

import dev.tidemark.UserKeyResolver;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * The demo application, started by {@code mvn spring-boot:test-run}.
 */
@SpringBootApplication
public class DemoApplication {

	static final String USER_HEADER = "X-User";

	public static void main(String[] args) {
		DemoServers servers = new DemoServers();
		try {
			run(servers, args);
		}
		catch (RuntimeException ex) {
			servers.close();
			throw ex;
		}
	}

	/**
	 * Start an instance on the servers. Several instances may share them.
	 */
	static ConfigurableApplicationContext run(DemoServers servers, String... args) {
		SpringApplication application = new SpringApplication(DemoApplication.class);
		Map<String, Object> properties = servers.properties();
		properties.put("spring.config.name", "demo");
		properties.put("spring.config.location", "classpath:/demo/");
		application.setDefaultProperties(properties);
		application.addInitializers((context) -> context.getBeanFactory().registerSingleton("demoServers", servers));
		return application.run(args);
	}

	/**
	 * Who the user is: the demo believes the header.
	 */
	@Bean
	UserKeyResolver userKeyResolver() {
		return () -> (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes)
				? attributes.getRequest().getHeader(USER_HEADER) : null;
	}

	@Bean
	ApplicationListener<ApplicationReadyEvent> greeting(Environment environment) {
		return (event) -> {
			String address = "http://localhost:" + environment.getProperty("local.server.port");
			System.out.printf("""

					The demo runs at %1$s

					Make both replicas stand still, then write and read as alice, then read as bob:

					  for r in replica1 replica2; do curl -X POST %1$s/lab/replicas/$r/pause; done
					  curl -i -H 'X-User: alice' -H 'Content-Type: application/json' -d '{"body":"Hello"}' %1$s/posts
					  for u in alice bob; do curl -i -H "X-User: $u" '%1$s/posts?author=alice'; done

					""", address);
		};
	}

}
