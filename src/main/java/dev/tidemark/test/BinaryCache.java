package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Unpacked server binaries, kept from run to run, one folder for each content. Several
 * JVMs may install the same content at once.
 */
final class BinaryCache {

	private static final String SIZE_FILE = ".files";

	private final UserFolder folder;

	BinaryCache(UserFolder user) throws IOException {
		this.folder = user.folder("binaries");
	}

	/**
	 * Return the folder with the unpacked content, unpacking it when that has not been
	 * done yet or when a cleaner of temporary files has been there.
	 * @param name what the folder's name starts with
	 * @param content what the binaries are unpacked from
	 * @param unpacker writes the content to a folder
	 */
	Path install(String name, byte[] content, Unpacker unpacker) throws IOException {
		Path target = this.folder.path().resolve(name + "-" + hash(content));
		if (isComplete(target)) {
			return target;
		}
		Path fresh = this.folder.createUnique("new-");
		unpacker.unpack(content, fresh);
		Files.writeString(fresh.resolve(SIZE_FILE), Integer.toString(FileTree.list(fresh).size() + 1));
		return publish(fresh, target);
	}

	private Path publish(Path fresh, Path target) throws IOException {
		if (Files.exists(target) && !isComplete(target)) {
			Path aside = this.folder.createUnique("old-");
			Files.move(target, aside.resolve("damaged"), StandardCopyOption.ATOMIC_MOVE);
			FileTree.delete(aside);
		}
		try {
			Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
		}
		catch (IOException ex) {
			if (!isComplete(target)) {
				throw ex;
			}
			// Another JVM was faster.
			FileTree.delete(fresh);
		}
		return target;
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
