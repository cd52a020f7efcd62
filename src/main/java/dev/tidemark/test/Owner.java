package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;

/**
 * The JVM that a folder belongs to, as written to a file of that folder.
 *
 * @param pid its process id
 * @param started when it was started; a process id alone may belong to somebody else by
 * now
 * @param namespace what the process id is valid in: two containers that share a folder
 * number their processes differently. Empty where there is no such thing.
 */
record Owner(long pid, Instant started, String namespace) {

	/**
	 * Linux derives start times from a clock that may be adjusted meanwhile.
	 */
	private static final Duration CLOCK_ADJUSTMENT = Duration.ofMinutes(1);

	static Owner current() throws IOException {
		ProcessHandle self = ProcessHandle.current();
		Path namespace = Path.of("/proc/self/ns/pid");
		return new Owner(self.pid(), startOf(self),
				Files.isSymbolicLink(namespace) ? Files.readSymbolicLink(namespace).toString() : "");
	}

	/**
	 * Read what {@link #write(Path)} has written.
	 * @return the owner, or empty when the file does not exist or is not complete
	 */
	static Optional<Owner> read(Path file) {
		try {
			List<String> lines = Files.readAllLines(file);
			return Optional.of(new Owner(Long.parseLong(lines.get(0)), Instant.parse(lines.get(1)), lines.get(2)));
		}
		catch (IOException | NumberFormatException | DateTimeParseException | IndexOutOfBoundsException ex) {
			return Optional.empty();
		}
	}

	void write(Path file) throws IOException {
		Files.write(file, List.of(Long.toString(this.pid), this.started.toString(), this.namespace));
	}

	/**
	 * Whether this owner has certainly ended, as seen by the current JVM.
	 * @param current the current JVM
	 */
	boolean isGone(Owner current) {
		return this.namespace.equals(current.namespace) && ProcessHandle.of(this.pid)
			.filter(ProcessHandle::isAlive)
			.filter((process) -> Duration.between(startOf(process), this.started).abs().compareTo(CLOCK_ADJUSTMENT) < 0)
			.isEmpty();
	}

	private static Instant startOf(ProcessHandle process) {
		return process.info().startInstant().orElse(Instant.EPOCH);
	}

}
