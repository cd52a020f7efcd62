package example;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

import dev.tidemark.docker.Image;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real Prometheus that scrapes an application on this machine, with the alert rules
 * that are shipped, except that they look at seconds instead of minutes.
 */
final class Prometheus implements AutoCloseable {

	static final Path RULES = Path.of("docs/prometheus/tidemark-alerts.yml");

	private static final int PORT = 9090;

	private static final String CONFIGURATION = """
			global:
			  scrape_interval: 500ms
			  evaluation_interval: 500ms
			rule_files: [rules.yml]
			scrape_configs:
			  - job_name: demo
			    metrics_path: /actuator/prometheus
			    static_configs: [targets: ["host.docker.internal:%s"]]
			""";

	private final HttpClient http = HttpClient.newHttpClient();

	private final JsonMapper json = new JsonMapper();

	private final GenericContainer<?> container;

	Prometheus(String applicationPort) {
		this.container = new GenericContainer<>(Image.PROMETHEUS.imageName()).withExposedPorts(PORT)
			.withExtraHost("host.docker.internal", "host-gateway")
			.withCopyToContainer(Transferable.of(CONFIGURATION.formatted(applicationPort)),
					"/etc/prometheus/prometheus.yml")
			.withCopyToContainer(Transferable.of(impatientRules()), "/etc/prometheus/rules.yml")
			.waitingFor(Wait.forHttp("/-/ready").forPort(PORT));
		this.container.start();
	}

	private static String impatientRules() {
		try {
			return Files.readString(RULES).replaceAll("for: \\d+m", "for: 1s").replaceAll("\\[\\d+m]", "[5s]");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Return the result of an expression, empty if it has none.
	 */
	JsonNode query(String expression) {
		return get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8)).get("result");
	}

	/**
	 * Return the rules and what Prometheus makes of them.
	 */
	JsonNode rules() {
		return get("/api/v1/rules").get("groups").get(0).get("rules");
	}

	/**
	 * Return the names of all metrics that were scraped.
	 */
	Set<String> metrics() {
		Set<String> names = new TreeSet<>();
		get("/api/v1/label/__name__/values").forEach((name) -> names.add(name.asString()));
		return names;
	}

	/**
	 * Return the names of the alerts that fire.
	 */
	Set<String> alerts() {
		Set<String> names = new TreeSet<>();
		get("/api/v1/alerts").get("alerts").forEach((alert) -> {
			if (alert.get("state").asString().equals("firing")) {
				names.add(alert.get("labels").get("alertname").asString());
			}
		});
		return names;
	}

	private JsonNode get(String path) {
		URI uri = URI.create("http://" + this.container.getHost() + ":" + this.container.getMappedPort(PORT) + path);
		try {
			HttpResponse<String> response = this.http.send(HttpRequest.newBuilder(uri).build(),
					BodyHandlers.ofString());
			JsonNode answer = this.json.readTree(response.body());
			if (!answer.get("status").asString().equals("success")) {
				throw new AssertionError(path + ": " + response.body());
			}
			return answer.get("data");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() {
		this.container.close();
	}

}
