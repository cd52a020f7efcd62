package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Tests for {@link Privileges}. They need root, who alone can be somebody else.
 */
@EnabledOnOs(OS.LINUX)
class PrivilegesTests {

	// One for all tests: a user's binaries are unpacked once.
	@TempDir
	@SuppressWarnings("NullAway.Init")
	private static Path temporary;

	@SuppressWarnings("NullAway.Init")
	private static String classPath;

	@BeforeAll
	static void openTemporaryFolder() throws IOException {
		assumeTrue(UserFolder.open(temporary).uid() == 0, "not root");
		Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxrwxrwx"));
		classPath = ForkedJvm.classPathFor(Files.createDirectory(temporary.resolve("libraries")));
	}

	@Test
	void rootRunsPostgresInAUserNamespace() throws IOException {
		assumeTrue(Command.succeeds(List.of("unshare", "--user", "true")), "no user namespaces");
		try (ForkedJvm jvm = ForkedJvm.start(List.of(), ForkedJvm.classPath(), temporary, Map.of())) {
			jvm.awaitFolder();
			assertThat(uidsOfPostgres(jvm)).containsOnly(0);
			assertThat(jvm.end()).isEmpty();
		}
	}

	@Test
	void rootRunsPostgresAsNobodyWithoutUserNamespaces() throws IOException {
		assumeTrue(Command.succeeds(List.of("setpriv", "true")), "no setpriv");
		try (ForkedJvm jvm = ForkedJvm.start(List.of(), ForkedJvm.classPath(), temporary, without("unshare"))) {
			Path folder = jvm.awaitFolder();
			assertThat(uidsOfPostgres(jvm)).containsOnly(65534);
			assertThat(jvm.end()).isEmpty();
			assertThat(folder).doesNotExist();
		}
	}

	@Test
	void nobodysServersOfAKilledRootAreEndedByTheNextStart() throws IOException {
		assumeTrue(Command.succeeds(List.of("setpriv", "true")), "no setpriv");
		try (ForkedJvm jvm = ForkedJvm.start(List.of(), ForkedJvm.classPath(), temporary, without("unshare"))) {
			Path folder = jvm.awaitFolder();
			List<ProcessHandle> servers = jvm.servers();
			jvm.kill();
			OwnedFolder.create(UserFolder.open(temporary), "next-").delete();
			assertThat(servers).noneMatch(ProcessState::isPresent);
			assertThat(folder).doesNotExist();
		}
	}

	@Test
	void rootIsToldWhatToInstall() throws IOException {
		try (ForkedJvm jvm = ForkedJvm.start(List.of(), ForkedJvm.classPath(), temporary,
				without("unshare", "setpriv"))) {
			assertThat(jvm.awaitEnd()).contains("PostgreSQL does not run as root")
				.contains("Install util-linux, or run the tests as an ordinary user");
		}
	}

	@Test
	void ordinaryUserNeedsNothing() throws IOException {
		assumeTrue(Command.succeeds(List.of("setpriv", "true")), "no setpriv");
		try (ForkedJvm jvm = startAs(65534, without("unshare", "setpriv"))) {
			Path folder = jvm.awaitFolder();
			assertThat(folder.toString()).contains("/tidemark-65534/");
			assertThat(uidsOfPostgres(jvm)).containsOnly(65534);
			assertThat(jvm.end()).isEmpty();
			assertThat(folder).doesNotExist();
		}
	}

	@Test
	void userWithoutNameRunsPostgresInAUserNamespace() throws IOException {
		assumeTrue(Command.succeeds(List.of("setpriv", "true")), "no setpriv");
		assumeTrue(Command.succeeds(List.of("unshare", "--user", "true")), "no user namespaces");
		try (ForkedJvm jvm = startAs(54321, Map.of())) {
			Path folder = jvm.awaitFolder();
			assertThat(uidsOfPostgres(jvm)).containsOnly(54321);
			assertThat(jvm.end()).isEmpty();
			assertThat(folder).doesNotExist();
		}
	}

	@Test
	void userWithoutNameIsToldWhatToDo() throws IOException {
		assumeTrue(Command.succeeds(List.of("setpriv", "true")), "no setpriv");
		try (ForkedJvm jvm = startAs(54321, without("unshare"))) {
			assertThat(jvm.awaitEnd()).contains("PostgreSQL does not run as user 54321, who has no name")
				.contains("Add the user to /etc/passwd");
		}
	}

	private static ForkedJvm startAs(int uid, Map<String, String> environment) throws IOException {
		List<String> prefix = List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups");
		return ForkedJvm.start(prefix, classPath, temporary, environment);
	}

	private static List<Integer> uidsOfPostgres(ForkedJvm jvm) {
		Predicate<ProcessHandle> isPostgres = (
				process) -> process.info().commandLine().orElse("").contains("/bin/postgres ");
		return jvm.servers().stream().filter(isPostgres).map(PrivilegesTests::uid).toList();
	}

	private static int uid(ProcessHandle process) {
		try {
			return (Integer) Files.getAttribute(Path.of("/proc", Long.toString(process.pid())), "unix:uid");
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	/**
	 * An environment in which these commands fail.
	 */
	private static Map<String, String> without(String... commands) throws IOException {
		Path folder = temporary.resolve("without-" + String.join("-", commands));
		Files.createDirectories(folder);
		for (String command : commands) {
			Path file = Files.writeString(folder.resolve(command), "#!/bin/sh\nexit 1\n");
			Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
		}
		return Map.of("PATH", folder + ":" + System.getenv("PATH"));
	}

}
