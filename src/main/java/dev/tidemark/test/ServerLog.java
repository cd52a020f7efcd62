package dev.tidemark.test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The log of a server that is started again and again.
 *
 * @param file the log file, which is appended to by each start
 */
record ServerLog(Path file) {

	private static final int TAIL_LINES = 40;

	/**
	 * Where the next start begins to write.
	 */
	long end() {
		try {
			return Files.exists(this.file) ? Files.size(this.file) : 0;
		}
		catch (IOException ex) {
			throw new IllegalStateException("Cannot read " + this.file, ex);
		}
	}

	/**
	 * What was written after {@link #end()} had been asked.
	 */
	String since(long end) {
		try (InputStream log = Files.newInputStream(this.file)) {
			log.skipNBytes(end);
			// Not a decoder that fails on malformed input: the log may be torn.
			return new String(log.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			return "(cannot be read: " + ex + ")";
		}
	}

	/**
	 * The last lines of what {@link #since(long)} returns.
	 */
	String tailSince(long end) {
		List<String> lines = since(end).lines().toList();
		return String.join(System.lineSeparator(), lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
	}

}
