package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The folder of the current user below {@code java.io.tmpdir}, one for all JVMs of that
 * user. Others can neither write nor list it.
 *
 * @param path the folder, which exists
 * @param uid the user's numeric id
 */
record UserFolder(Path path, int uid) {

	private static final Set<PosixFilePermission> PERMISSIONS = PosixFilePermissions.fromString("rwx--x--x");

	static UserFolder open() throws IOException {
		return open(Path.of(System.getProperty("java.io.tmpdir")));
	}

	/**
	 * Find or create the folder.
	 * @param temporary the folder for temporary files
	 * @throws IOException when it cannot be created
	 * @throws IllegalStateException when somebody else has taken its name
	 */
	static UserFolder open(Path temporary) throws IOException {
		Path parent = temporary.toRealPath();
		int uid = currentUid(parent);
		Path path = parent.resolve("tidemark-" + uid);
		create(path);
		if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) || uid(path) != uid || isWritableByOthers(path)) {
			throw new IllegalStateException(path + " is not a folder that belongs to user " + uid
					+ " and can be written by nobody else. Delete it, or choose another place with -Djava.io.tmpdir");
		}
		return new UserFolder(path, uid);
	}

	/**
	 * Find or create a folder in this one.
	 */
	UserFolder folder(String name) throws IOException {
		Path folder = this.path.resolve(name);
		create(folder);
		return new UserFolder(folder, this.uid);
	}

	/**
	 * Create a folder in this one, with a name that nobody can guess.
	 */
	Path createUnique(String prefix) throws IOException {
		Path folder = Files.createTempDirectory(this.path, prefix);
		Files.setPosixFilePermissions(folder, PERMISSIONS);
		return folder;
	}

	private static void create(Path folder) throws IOException {
		try {
			Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PERMISSIONS));
			Files.setPosixFilePermissions(folder, PERMISSIONS);
		}
		catch (FileAlreadyExistsException ex) {
			// Another JVM of this user was first, or an earlier run.
		}
		catch (UnsupportedOperationException ex) {
			throw new IllegalStateException("The embedded servers run on Linux and macOS only", ex);
		}
	}

	private static int currentUid(Path parent) throws IOException {
		Path probe = Files.createTempFile(parent, "tidemark", null);
		try {
			return uid(probe);
		}
		finally {
			Files.delete(probe);
		}
	}

	private static int uid(Path path) throws IOException {
		return (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
	}

	private static boolean isWritableByOthers(Path path) throws IOException {
		Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
		return permissions.contains(PosixFilePermission.GROUP_WRITE)
				|| permissions.contains(PosixFilePermission.OTHERS_WRITE);
	}

}
