package example;

import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.Profiles;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Starts the demo with everything it needs: {@code mvn spring-boot:test-run}.
 */
@SpringBootApplication
public class DemoApplication {

	private static final String READY = """

			Tidemark's demo runs: http://localhost:%1$s

			Open it and press the first button: the stale read is on the left, the fresh one on the right.
			The same in a shell, with the server and the reason in the headers:

			  curl -X POST http://localhost:%1$s/lab/replicas/replica1/pause http://localhost:%1$s/lab/replicas/replica2/pause
			  curl -X POST http://localhost:%1$s/posts -H 'X-User: alice' -H 'Content-Type: application/json' -d '{"body":"Hello"}'
			  curl -i 'http://localhost:%1$s/posts?author=alice' -H 'X-User: alice'

			Ctrl+C ends it, and its servers.
			""";

	private static final String READY_ON_COMPOSE = """

			Tidemark's demo runs on the servers of docker-compose.yml: http://localhost:%s

			Prometheus and Grafana are on the ports 19090 and 13000. Ctrl+C ends the demo, not the servers.
			""";

	/**
	 * Start the servers and one instance of the application.
	 * @param args Spring Boot's, for example {@code --server.port=8081}
	 */
	public static void main(String[] args) {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources().addFirst(new SimpleCommandLinePropertySource(args));
		if (environment.acceptsProfiles(Profiles.of("compose"))) {
			System.out.printf(READY_ON_COMPOSE, port(application().run(args)));
		}
		else {
			startWithServers(args);
		}
	}

	private static void startWithServers(String... args) {
		System.out.println("Starting a PostgreSQL primary, two replicas and Redis ...");
		DemoServers servers = DemoServers.start();
		try {
			ConfigurableApplicationContext application = run(servers, args);
			SpringApplication.getShutdownHandlers().add(servers::close);
			System.out.printf(READY, port(application));
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
		SpringApplication application = application();
		application.addInitializers(onto(servers));
		return application.run(args);
	}

	/**
	 * An application without servers: these are the profile's, as of {@code compose}.
	 */
	static SpringApplication application() {
		SpringApplication application = new SpringApplication(DemoApplication.class);
		application.setDefaultProperties(Map.of("spring.config.name", "demo"));
		return application;
	}

	private static @Nullable String port(ConfigurableApplicationContext application) {
		return application.getEnvironment().getProperty("local.server.port");
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
