package dev.tidemark.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every property has a description and stands in the reference.
 */
class ConfigurationMetadataTests {

	@Test
	void everyPropertyIsDescribedAndDocumented() throws IOException {
		String reference = Files.readString(Path.of("docs/configuration.md"));
		List<String> seen = new ArrayList<>();
		for (JsonNode property : metadata().get("properties")) {
			String name = property.get("name").asString();
			if (name.startsWith("tidemark.")) {
				assertThat(property.path("description").asString("")).as(name).isNotBlank();
				assertThat(reference).contains("`" + name);
				seen.add(name);
			}
		}
		assertThat(seen).contains("tidemark.enabled", "tidemark.replicas", "tidemark.marker.ttl");
	}

	private static JsonNode metadata() throws IOException {
		try (InputStream stream = ConfigurationMetadataTests.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			return JsonMapper.shared().readTree(stream);
		}
	}

}
