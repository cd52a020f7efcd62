package dev.tidemark.test;

import java.util.ArrayList;
import java.util.List;

/**
 * Sends signals to processes, by the {@code kill} that is built into every shell.
 */
final class Signals {

	private Signals() {
	}

	/**
	 * Send a signal. Processes that have ended are passed over.
	 * @param signal the name of the signal, without {@code SIG}
	 */
	static void send(String signal, List<ProcessHandle> processes) {
		List<ProcessHandle> present = processes.stream().filter(ProcessState::isPresent).toList();
		if (present.isEmpty()) {
			return;
		}
		List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "kill -s \"$@\"", "kill", signal));
		present.forEach((process) -> command.add(Long.toString(process.pid())));
		if (!Command.succeeds(command) && present.stream().allMatch(ProcessState::isPresent)) {
			throw new IllegalStateException("Cannot send SIG" + signal + " to " + processes);
		}
	}

}
