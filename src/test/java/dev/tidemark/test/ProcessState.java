package dev.tidemark.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Linux says about a process.
 */
final class ProcessState {

	private ProcessState() {
	}

	/**
	 * Whether the process is suspended.
	 */
	static boolean isSuspended(ProcessHandle process) {
		try {
			return Files.readString(Path.of("/proc", Long.toString(process.pid()), "status")).contains("State:\tT ");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
