package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link UserFolder}.
 */
class UserFolderTests {

	@Test
	void nobodyElseWritesOrListsTheFolder(@TempDir Path parent) throws IOException {
		UserFolder folder = UserFolder.open(parent);
		assertThat(folder.path()).hasParent(parent.toRealPath());
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.path()))).isEqualTo("rwx--x--x");
		assertThat(UserFolder.open(parent)).isEqualTo(folder);
	}

	@Test
	void folderThatOthersCanWriteIsRefused(@TempDir Path parent) throws IOException {
		Path path = UserFolder.open(parent).path();
		Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
		assertThatIllegalStateException().isThrownBy(() -> UserFolder.open(parent))
			.withMessageContaining("is not a folder that belongs to user")
			.withMessageContaining("-Djava.io.tmpdir");
	}

	@Test
	void linkToSomewhereElseIsRefused(@TempDir Path parent) throws IOException {
		Path path = UserFolder.open(parent).path();
		Files.delete(path);
		Files.createSymbolicLink(path, parent);
		assertThatIllegalStateException().isThrownBy(() -> UserFolder.open(parent))
			.withMessageStartingWith(path.toString());
	}

}
