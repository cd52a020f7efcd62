package dev.tidemark.test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * Unpacks archives with their links and permissions. The only class that needs Commons
 * Compress and XZ for Java.
 */
final class TarXzArchive {

	private TarXzArchive() {
	}

	/**
	 * Write everything in an archive to a folder.
	 */
	static void unpack(byte[] content, Path target) throws IOException {
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
