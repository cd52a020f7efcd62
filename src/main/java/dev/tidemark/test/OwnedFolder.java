package dev.tidemark.test;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder for the data of servers that belongs to this JVM. When a JVM ends without
 * deleting its folders, the next JVM that creates one stops the servers that run in them
 * and deletes them.
 */
final class OwnedFolder {

	private static final Logger logger = System.getLogger(OwnedFolder.class.getName());

	private static final String OWNER_FILE = "owner";

	/**
	 * How long a folder without owner is kept: it is about to get one, or holds the logs
	 * of a failed start.
	 */
	private static final Duration KEPT_WITHOUT_OWNER = Duration.ofDays(1);

	private final Path path;

	private OwnedFolder(Path path) {
		this.path = path;
	}

	/**
	 * Create a folder and delete those that other JVMs have abandoned.
	 * @param user the folder of the current user
	 * @param prefix what its name starts with
	 * @throws IOException when it cannot be created
	 */
	static OwnedFolder create(UserFolder user, String prefix) throws IOException {
		UserFolder parent = user.folder("run");
		Owner current = Owner.current();
		deleteAbandoned(parent.path(), BinaryCache.folder(user), current);
		OwnedFolder folder = new OwnedFolder(parent.createUnique(prefix));
		current.write(folder.path.resolve(OWNER_FILE));
		return folder;
	}

	Path path() {
		return this.path;
	}

	/**
	 * Delete the folder. Never throws: what is left will be deleted by another JVM.
	 */
	void delete() {
		delete(this.path);
	}

	/**
	 * Delete the folders in this one and keep its files for a day.
	 */
	void deleteAllButLogs() {
		try (Stream<Path> paths = Files.list(this.path)) {
			paths.filter(Files::isDirectory).forEach(OwnedFolder::delete);
			Files.deleteIfExists(this.path.resolve(OWNER_FILE));
		}
		catch (IOException ex) {
			logger.log(Level.WARNING, "Cannot clean up " + this.path, ex);
		}
	}

	private static void deleteAbandoned(Path parent, Path binaries, Owner current) throws IOException {
		List<Path> folders;
		try (Stream<Path> paths = Files.list(parent)) {
			folders = paths.filter((folder) -> isAbandoned(folder, current)).toList();
		}
		for (Path folder : folders) {
			if (AbandonedServers.stop(folder, binaries)) {
				delete(folder);
			}
		}
	}

	private static boolean isAbandoned(Path folder, Owner current) {
		return Owner.read(folder.resolve(OWNER_FILE))
			.map((owner) -> owner.isGone(current))
			.orElseGet(() -> isOld(folder));
	}

	private static boolean isOld(Path folder) {
		try {
			return Files.getLastModifiedTime(folder).toInstant().isBefore(Instant.now().minus(KEPT_WITHOUT_OWNER));
		}
		catch (IOException ex) {
			return false;
		}
	}

	private static void delete(Path folder) {
		try {
			FileTree.delete(folder);
		}
		catch (IOException ex) {
			logger.log(Level.WARNING, "Cannot delete " + folder, ex);
		}
	}

}
