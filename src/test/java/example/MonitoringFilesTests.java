package example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.tidemark.metrics.FallbackMetrics;
import dev.tidemark.metrics.ReplicationMetrics;
import dev.tidemark.metrics.RoutingMetrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What can be told of the files for Prometheus and Grafana without running either.
 */
class MonitoringFilesTests {

	private static final String DASHBOARD = "docs/grafana/tidemark.json";

	private static final String RULES = "docs/prometheus/tidemark-alerts.yml";

	private static final Set<String> METERS = Set.of(ReplicationMetrics.LAG, ReplicationMetrics.LAG_BYTES,
			ReplicationMetrics.LAG_LIMIT, ReplicationMetrics.UP, ReplicationMetrics.ELIGIBLE, RoutingMetrics.DECISIONS,
			RoutingMetrics.MARKER_OPERATIONS, RoutingMetrics.FENCE_WAIT, RoutingMetrics.TOKENS_REJECTED,
			FallbackMetrics.ACTIVE, FallbackMetrics.LIMIT, RoutingMetrics.FALLBACKS_REJECTED);

	private static final int COLUMNS = 24;

	@ParameterizedTest
	@ValueSource(strings = { DASHBOARD, RULES })
	void metricsAreThoseOfTheMeters(String file) throws IOException {
		Stream<String> metrics = Pattern.compile("tidemark_\\w+").matcher(read(file)).results().map(MatchResult::group);
		assertThat(metrics).isNotEmpty()
			.allMatch((metric) -> METERS.stream()
				.anyMatch(
						(meter) -> metric.matches(meter.replace('.', '_') + "(_seconds)?(_count|_sum|_max|_total)?")));
	}

	@Test
	void everyMeterIsOnTheDashboard() throws IOException {
		String dashboard = read(DASHBOARD);
		assertThat(METERS).filteredOn((meter) -> !meter.equals(ReplicationMetrics.UP))
			.allMatch((meter) -> dashboard.contains(meter.replace('.', '_')));
	}

	@Test
	void panelsHaveTheirPlace() throws IOException {
		boolean[][] taken = new boolean[200][COLUMNS];
		JsonNode panels = new JsonMapper().readTree(read(DASHBOARD)).get("panels");
		assertThat(panels.findValues("id")).doesNotHaveDuplicates();
		for (JsonNode panel : panels) {
			JsonNode place = panel.get("gridPos");
			for (int row = 0; row < place.get("h").asInt(); row++) {
				for (int column = 0; column < place.get("w").asInt(); column++) {
					int y = place.get("y").asInt() + row;
					int x = place.get("x").asInt() + column;
					assertThat(taken[y][x]).as(panel.get("title").asString()).isFalse();
					taken[y][x] = true;
				}
			}
			assertThat(panel.get("description").asString()).isNotBlank();
		}
	}

	@Test
	void grafanaFindsWhatComposeMounts() throws IOException {
		JsonNode provider = yaml("docker/grafana/dashboards/tidemark.yml").get("providers").get(0);
		String folder = provider.get("options").get("path").asString();
		JsonNode services = yaml("docker-compose.yml").get("services");
		assertThat(services.get("grafana").get("volumes").toString()).contains("./docs/grafana:" + folder + ":ro",
				"./docker/grafana/datasources:/etc/grafana/provisioning/datasources",
				"./docker/grafana/dashboards:/etc/grafana/provisioning/dashboards");
		JsonNode source = yaml("docker/grafana/datasources/prometheus.yml").get("datasources").get(0);
		assertThat(source.get("type").asString()).isEqualTo("prometheus");
		assertThat(source.get("url").asString()).isEqualTo("http://prometheus:9090");
		assertThat(services.has("prometheus")).isTrue();
	}

	@Test
	void everyAlertIsExplained() throws IOException {
		String operations = read("docs/operations.md");
		assertThat(yaml(RULES).get("groups").get(0).get("rules")).hasSize(4)
			.allSatisfy((rule) -> assertThat(operations).contains("| `" + rule.get("alert").asString() + "` |"));
	}

	private static JsonNode yaml(String file) throws IOException {
		Object content = new Yaml().load(read(file));
		return new JsonMapper().valueToTree(content);
	}

	private static String read(String file) throws IOException {
		return Files.readString(Path.of(file));
	}

}
