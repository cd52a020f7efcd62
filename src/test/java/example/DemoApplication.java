package example;

import java.util.Map;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/**
 * Starts the demo with everything it needs: {@code mvn spring-boot:test-run}.
 */
@SpringBootApplication
public class DemoApplication {

	private static final String READY = """

			Tidemark's demo runs: http://localhost:%1$s

			Try this, and see in the headers which server answered, and why:

			  curl -X POST http://localhost:%1$s/lab/replicas/replica1/pause http://localhost:%1$s/lab/replicas/replica2/pause
			  curl -X POST http://localhost:%1$s/posts -H 'X-User: alice' -H 'Content-Type: application/json' -d '{"body":"Hello"}'
			  curl -i 'http://localhost:%1$s/posts?author=alice' -H 'X-User: alice'

			Ctrl+C ends it, and its servers.
			""";

	/**
	 * Start the servers and one instance of the application.
	 * @param args Spring Boot's, for example {@code --server.port=8081}
	 */
	public static void main(String[] args) {
		System.out.println("Starting a PostgreSQL primary, two replicas and Redis ...");
		DemoServers servers = DemoServers.start();
		try {
			ConfigurableApplicationContext application = run(servers, args);
			SpringApplication.getShutdownHandlers().add(servers::close);
			System.out.printf(READY, application.getEnvironment().getProperty("local.server.port"));
		}
		catch (RuntimeException ex) {
			servers.close();
			throw ex;
		}
	}

	/**
	 * Start an instance of the application. Several may run on the same servers.
	 * @param servers the servers, which go on to run when the instance is closed
	 * @param args Spring Boot's, for example {@code --server.port=0}
	 */
	static ConfigurableApplicationContext run(DemoServers servers, String... args) {
		SpringApplication application = new SpringApplication(DemoApplication.class);
		application.setDefaultProperties(Map.of("spring.config.name", "demo"));
		application.addInitializers(onto(servers));
		return application.run(args);
	}

	/**
	 * The properties come first, so that no environment variable of the machine leads the
	 * demo to another database.
	 */
	private static ApplicationContextInitializer<ConfigurableApplicationContext> onto(DemoServers servers) {
		return (context) -> {
			context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("demoServers", servers.properties()));
			context.getBeanFactory().registerSingleton("demoServers", servers);
		};
	}

}
