package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads what the operating system says about the state of a process.
 */
final class ProcessState {

	// From proc(5): "Z Zombie, X Dead; T Stopped (on a signal)". The state follows the
	// name of the command, which is in parentheses and may contain any character.

	private static final String ENDED = "ZX";

	private static final String SUSPENDED = "T";

	private ProcessState() {
	}

	/**
	 * Whether a process still exists, and not merely as the entry of a dead one whose
	 * exit code nobody has collected: in containers there may be nobody who does. A
	 * process that is about to end exists until it has given back its memory.
	 */
	static boolean isPresent(ProcessHandle process) {
		return process.isAlive() && !isIn(ENDED, process, false);
	}

	/**
	 * Whether a process is suspended. A signal to suspend takes effect only when the
	 * process next returns from the kernel, where it may be creating a child.
	 * @return {@code true} also when the system does not tell
	 */
	static boolean isSuspended(ProcessHandle process) {
		return isIn(SUSPENDED, process, true);
	}

	private static boolean isIn(String states, ProcessHandle process, boolean unknown) {
		try {
			String line = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
			return states.indexOf(line.charAt(line.lastIndexOf(')') + 2)) >= 0;
		}
		catch (IOException ex) {
			// Not Linux, or it has ended meanwhile.
			return unknown;
		}
	}

}
