package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what is left of a JVM: nothing when it ends, and nothing for longer than
 * until the next start when it is killed.
 */
class AbandonedServersTests {

	// One for all tests: the binaries are unpacked once.
	@TempDir
	@SuppressWarnings("NullAway.Init")
	private static Path temporary;

	@Test
	void jvmThatEndsTakesItsServersAlong() throws IOException {
		try (ForkedJvm jvm = ForkedJvm.start(List.of(), ForkedJvm.classPath(), temporary, Map.of())) {
			Path folder = jvm.awaitFolder();
			List<ProcessHandle> servers = jvm.servers();
			assertThat(servers.stream().filter(ProcessState::isPresent)).hasSizeGreaterThan(10);
			assertThat(jvm.end()).isEmpty();
			assertThat(servers).noneMatch(ProcessState::isPresent);
			assertThat(folder).doesNotExist();
			assertThat(runFolder()).isEmpty();
		}
	}

	@Test
	void serversOfAKilledJvmAreEndedByTheNextStart() throws IOException {
		try (ForkedJvm jvm = ForkedJvm.start(List.of(), ForkedJvm.classPath(), temporary, Map.of())) {
			Path folder = jvm.awaitFolder();
			List<ProcessHandle> servers = jvm.servers();
			UserFolder user = UserFolder.open(temporary);
			OwnedFolder.create(user, "early-").delete();
			assertThat(servers.stream().filter(ProcessState::isPresent)).hasSizeGreaterThan(10);
			jvm.kill();
			assertThat(folder.resolve("primary/postmaster.pid")).exists();
			assertThat(servers.stream().filter(ProcessState::isPresent)).hasSizeGreaterThan(10);
			OwnedFolder next = OwnedFolder.create(user, "late-");
			assertThat(servers).noneMatch(ProcessState::isPresent);
			assertThat(runFolder()).containsExactly(next.path());
			next.delete();
		}
	}

	@Test
	void processThatMerelyNamesAnAbandonedFolderIsLeftAlone() throws Exception {
		UserFolder user = UserFolder.open(temporary);
		Path abandoned = abandonedFolder(user);
		Process bystander = new ProcessBuilder("tail", "-f", abandoned.resolve("owner").toString()).start();
		try {
			OwnedFolder.create(user, "next-").delete();
			assertThat(abandoned).doesNotExist();
			assertThat(bystander.waitFor(100, TimeUnit.MILLISECONDS)).isFalse();
		}
		finally {
			bystander.destroyForcibly();
		}
	}

	@Test
	void folderOfARunningProcessIsLeftAlone() throws IOException {
		UserFolder user = UserFolder.open(temporary);
		Path folder = abandonedFolder(user);
		Process other = new ProcessBuilder("tail", "-f", "/dev/null").start();
		try {
			Instant started = other.info().startInstant().orElseThrow();
			new Owner(other.pid(), started, Owner.current().namespace()).write(folder.resolve("owner"));
			OwnedFolder.create(user, "next-").delete();
			assertThat(folder).exists();
		}
		finally {
			other.destroyForcibly();
			FileTree.delete(folder);
		}
	}

	@Test
	void folderWithoutOwnerIsKeptForADay() throws IOException {
		UserFolder user = UserFolder.open(temporary);
		Path folder = OwnedFolder.create(user, "failed-").path();
		Files.delete(folder.resolve("owner"));
		OwnedFolder.create(user, "next-").delete();
		assertThat(folder).exists();
		Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
		OwnedFolder.create(user, "next-").delete();
		assertThat(folder).doesNotExist();
	}

	private static Path abandonedFolder(UserFolder user) throws IOException {
		Owner current = Owner.current();
		Path folder = OwnedFolder.create(user, "abandoned-").path();
		new Owner(current.pid(), current.started().minus(Duration.ofDays(1)), current.namespace())
			.write(folder.resolve("owner"));
		return folder;
	}

	private static List<Path> runFolder() throws IOException {
		try (Stream<Path> folders = Files.list(UserFolder.open(temporary).path().resolve("run"))) {
			return folders.toList();
		}
	}

}
