package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Owner}.
 */
class OwnerTests {

	@Test
	void isReadAsWritten(@TempDir Path folder) throws IOException {
		Path file = folder.resolve("owner");
		assertThat(Owner.read(file)).isEmpty();
		Owner.current().write(file);
		assertThat(Owner.read(file)).contains(Owner.current());
		Files.writeString(file, "1\n2026");
		assertThat(Owner.read(file)).isEmpty();
		Files.writeString(file, "");
		assertThat(Owner.read(file)).isEmpty();
	}

	@Test
	void runningJvmIsNotGone() throws IOException {
		Owner current = Owner.current();
		assertThat(current.isGone(current)).isFalse();
	}

	@Test
	void endedProcessIsGone() throws Exception {
		Owner current = Owner.current();
		Process ended = new ProcessBuilder("true").start();
		ended.waitFor();
		assertThat(new Owner(ended.pid(), current.started(), current.namespace()).isGone(current)).isTrue();
	}

	@Test
	void ownerIsGoneWhenItsProcessIdBelongsToSomebodyElse() throws IOException {
		Owner current = Owner.current();
		Owner before = new Owner(current.pid(), current.started().minus(Duration.ofHours(1)), current.namespace());
		assertThat(before.isGone(current)).isTrue();
	}

	@Test
	void processOfAnotherContainerIsNotGone() throws Exception {
		Owner current = Owner.current();
		Process ended = new ProcessBuilder("true").start();
		ended.waitFor();
		assertThat(new Owner(ended.pid(), current.started(), "pid:[0]").isGone(current)).isFalse();
	}

}
