package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import redis.embedded.RedisExecProvider;

/**
 * The Redis server that {@code org.signal:embedded-redis} packs for each system.
 *
 * @param path the executable
 */
record RedisBinary(Path path) {

	private static final String NAME = "redis-server";

	/**
	 * Find the binary on the class path and unpack it.
	 * @throws IllegalStateException when there is none for this system
	 */
	static RedisBinary install(BinaryCache cache) throws IOException {
		Path folder = cache.install("redis", read(), RedisBinary::unpack);
		return new RedisBinary(folder.resolve(NAME));
	}

	private static void unpack(byte[] content, Path target) throws IOException {
		Path binary = Files.write(target.resolve(NAME), content);
		Files.setPosixFilePermissions(binary, PosixFilePermissions.fromString("rwxr-xr-x"));
	}

	private static byte[] read() throws IOException {
		try {
			Path unpacked = RedisExecProvider.defaultProvider().get().toPath();
			byte[] content = Files.readAllBytes(unpacked);
			if (unpacked.isAbsolute()) {
				// A file in a new temporary folder, and not one that lies in this folder.
				Files.delete(unpacked);
				Files.delete(unpacked.resolveSibling("").toAbsolutePath());
			}
			return content;
		}
		catch (NoClassDefFoundError ex) {
			throw new IllegalStateException("There is no Redis on the class path. "
					+ "Add the dependency org.signal:embedded-redis:0.9.1 in test scope", ex);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalStateException("org.signal:embedded-redis has no Redis for this system", ex);
		}
	}

}
