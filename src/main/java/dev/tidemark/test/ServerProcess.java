package dev.tidemark.test;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The process of a server, together with the processes it has forked. Not safe for use by
 * several threads, except {@link #isAlive()} and {@link #isFrozen()}.
 */
final class ServerProcess {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private final Process process;

	private volatile boolean frozen;

	private ServerProcess(Process process) {
		this.process = process;
	}

	/**
	 * Start a server.
	 * @param command a command that becomes the server and does not fork it
	 * @param log the file that its output is appended to
	 * @throws IllegalStateException when the command cannot be executed
	 */
	static ServerProcess start(List<String> command, Path log) {
		try {
			return new ServerProcess(Command.start(command, Redirect.appendTo(log.toFile())));
		}
		catch (IOException ex) {
			throw new IllegalStateException("Cannot execute " + command + ". When the folder of the command is on a "
					+ "file system mounted with 'noexec', choose another with -Djava.io.tmpdir", ex);
		}
	}

	long pid() {
		return this.process.pid();
	}

	boolean isAlive() {
		return this.process.isAlive();
	}

	boolean isFrozen() {
		return this.frozen && isAlive();
	}

	/**
	 * Ask the server to end, thawed if it is frozen, and wait for it.
	 * @param signal the name of a signal that ends the server, without {@code SIG}
	 * @return whether it has ended within the limit
	 */
	boolean end(String signal, Duration limit) {
		if (isAlive()) {
			Signals.send(signal, List.of(this.process.toHandle()));
			thaw();
		}
		return hasEnded(limit);
	}

	/**
	 * End the server and its children at once, frozen or not.
	 */
	void kill() {
		if (isAlive()) {
			List<ProcessHandle> family = new ArrayList<>();
			try {
				freeze();
			}
			finally {
				family.addAll(family());
				family.forEach(ProcessHandle::destroyForcibly);
			}
			if (!Await.within(LIMIT, () -> family.stream().noneMatch(ProcessState::isPresent))) {
				throw new IllegalStateException("Of the processes " + family + " some have not ended, although killed");
			}
		}
		if (!hasEnded(LIMIT)) {
			throw new IllegalStateException("Process " + pid() + " has not ended, although it was killed");
		}
	}

	/**
	 * Suspend the server and its children.
	 */
	void freeze() {
		this.frozen = true;
		List<ProcessHandle> suspended = new ArrayList<>();
		// What the server has forked before it was itself suspended shows in the next
		// round.
		for (List<ProcessHandle> found = List.of(this.process.toHandle()); !found.isEmpty();) {
			Signals.send("STOP", found);
			awaitSuspended(found);
			suspended.addAll(found);
			found = family().stream().filter((handle) -> !suspended.contains(handle)).toList();
		}
	}

	private static void awaitSuspended(List<ProcessHandle> processes) {
		boolean suspended = Await.within(LIMIT, () -> processes.stream()
			.allMatch((process) -> !ProcessState.isPresent(process) || ProcessState.isSuspended(process)));
		if (!suspended) {
			throw new IllegalStateException("Of the processes " + processes + " some go on, although suspended");
		}
	}

	/**
	 * End {@link #freeze()}.
	 */
	void thaw() {
		if (this.frozen) {
			Signals.send("CONT", family());
			this.frozen = false;
		}
	}

	/**
	 * Ask one of the server's children to end, if it is one.
	 */
	void endChild(long pid) {
		Signals.send("TERM", this.process.children().filter((child) -> child.pid() == pid).toList());
	}

	private List<ProcessHandle> family() {
		return Stream.concat(this.process.descendants(), Stream.of(this.process.toHandle())).toList();
	}

	private boolean hasEnded(Duration limit) {
		try {
			return this.process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException("Interrupted while process " + pid() + " was to end", ex);
		}
	}

}
