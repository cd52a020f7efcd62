package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Unpacked server binaries, kept from run to run, one folder for each content. Several
 * JVMs may install the same content at once.
 */
final class BinaryCache {

	private static final String FOLDER = "binaries";

	private static final String SIZE_FILE = ".files";

	private final UserFolder user;

	private final Path folder;

	BinaryCache(UserFolder user) throws IOException {
		this.user = user;
		this.folder = user.folder(FOLDER).path();
	}

	/**
	 * Where all binaries of a user lie, whether it exists or not.
	 */
	static Path folder(UserFolder user) {
		return user.path().resolve(FOLDER);
	}

	/**
	 * Return the folder with the unpacked content, unpacking it when that has not been
	 * done yet or when a cleaner of temporary files has been there.
	 * @param name what the folder's name starts with
	 * @param content what the binaries are unpacked from
	 * @param unpacker writes the content to a folder
	 */
	Path install(String name, byte[] content, Unpacker unpacker) throws IOException {
		Path target = this.folder.resolve(name + "-" + hash(content));
		if (!isComplete(target)) {
			OwnedFolder staging = OwnedFolder.create(this.user, "unpack-");
			try {
				Path fresh = Files.createDirectory(staging.path().resolve("fresh"));
				unpacker.unpack(content, fresh);
				Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
				Files.writeString(fresh.resolve(SIZE_FILE), Integer.toString(FileTree.list(fresh).size() + 1));
				publish(fresh, target);
			}
			finally {
				staging.delete();
			}
		}
		return target;
	}

	private static void publish(Path fresh, Path target) throws IOException {
		if (Files.exists(target) && !isComplete(target)) {
			Files.move(target, fresh.resolveSibling("damaged"), StandardCopyOption.ATOMIC_MOVE);
		}
		try {
			Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
		}
		catch (IOException ex) {
			if (!isComplete(target)) {
				throw ex;
			}
			// Another JVM was faster.
		}
	}

	private static boolean isComplete(Path folder) throws IOException {
		Path size = folder.resolve(SIZE_FILE);
		return Files.exists(size) && Files.readString(size).equals(Integer.toString(FileTree.list(folder).size()));
	}

	private static String hash(byte[] content) {
		try {
			return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content), 0, 8);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Writes the files of an archive.
	 */
	@FunctionalInterface
	interface Unpacker {

		void unpack(byte[] content, Path target) throws IOException;

	}

}
