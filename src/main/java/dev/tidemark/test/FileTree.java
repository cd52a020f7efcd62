package dev.tidemark.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Folders as a whole. Symbolic links are treated as what they are and never followed.
 */
final class FileTree {

	private FileTree() {
	}

	/**
	 * Copy a folder with its permissions.
	 * @param target a folder that does not exist
	 */
	static void copy(Path source, Path target) throws IOException {
		for (Path path : list(source)) {
			Files.copy(path, target.resolve(source.relativize(path)), StandardCopyOption.COPY_ATTRIBUTES,
					LinkOption.NOFOLLOW_LINKS);
		}
	}

	/**
	 * Return the folder and everything in it, each folder before its contents.
	 */
	static List<Path> list(Path folder) throws IOException {
		try (Stream<Path> paths = Files.walk(folder)) {
			return paths.toList();
		}
		catch (UncheckedIOException ex) {
			throw ex.getCause();
		}
	}

	/**
	 * Delete a folder and everything in it. Files that somebody else deletes meanwhile
	 * are no error.
	 */
	static void delete(Path folder) throws IOException {
		Files.walkFileTree(folder, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
				Files.deleteIfExists(file);
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult visitFileFailed(Path file, IOException ex) throws IOException {
				if (ex instanceof NoSuchFileException) {
					return FileVisitResult.CONTINUE;
				}
				throw ex;
			}

			@Override
			public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException ex) throws IOException {
				Files.deleteIfExists(folder);
				return FileVisitResult.CONTINUE;
			}

		});
	}

}
