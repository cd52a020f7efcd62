package dev.tidemark.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The configuration reference says what the metadata says.
 * {@code -Dconfiguration.write=true} rewrites it.
 */
class ConfigurationReferenceTests {

	private static final Path PAGE = Path.of("docs/configuration.md");

	private static final String BEGIN = "<!-- properties: begin -->\n";

	private static final String END = "<!-- properties: end -->\n";

	@Test
	void everyPropertyIsDescribed() throws IOException {
		assertThat(ConfigurationReference.read())
			.allSatisfy((property) -> assertThat(property.description()).as(property.name()).isNotBlank())
			.extracting(ConfigurationReference.Property::name)
			.contains("tidemark.enabled", "tidemark.replicas.<name>.url", "tidemark.marker.ttl");
	}

	@Test
	void pageSaysWhatTheMetadataSays() throws IOException {
		String page = Files.readString(PAGE);
		String expected = page.substring(0, page.indexOf(BEGIN) + BEGIN.length())
				+ ConfigurationReference.table(ConfigurationReference.read()) + page.substring(page.indexOf(END));
		if (Boolean.getBoolean("configuration.write")) {
			Files.writeString(PAGE, expected);
		}
		assertThat(Files.readString(PAGE))
			.as("mvn test -Dtest=ConfigurationReferenceTests -Dconfiguration.write=true rewrites " + PAGE)
			.isEqualTo(expected);
	}

}
