package dev.tidemark.test;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Stops the servers of a JVM that has ended without stopping them.
 */
final class AbandonedServers {

	private static final Logger logger = System.getLogger(AbandonedServers.class.getName());

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private AbandonedServers() {
	}

	/**
	 * Stop the servers whose data lies in the folder. Touched are only processes that run
	 * one of our binaries and name the folder, which is unique, on their command line,
	 * and the children of those.
	 * @param folder the folder of a JVM that has ended
	 * @param binaries the folder that our binaries lie in
	 * @return whether no such server runs any more
	 */
	static boolean stop(Path folder, Path binaries) {
		List<ProcessHandle> servers = ProcessHandle.allProcesses()
			.filter((process) -> isServerIn(folder, binaries, process.info()))
			.toList();
		if (servers.isEmpty()) {
			return true;
		}
		List<ProcessHandle> all = servers.stream()
			.flatMap((server) -> Stream.concat(Stream.of(server), server.descendants()))
			.toList();
		// What ends by itself leaves no shared memory behind.
		Signals.send("INT", servers);
		Signals.send("CONT", all);
		if (!Await.within(LIMIT, () -> servers.stream().noneMatch(ProcessState::isPresent))) {
			all.forEach(ProcessHandle::destroyForcibly);
		}
		boolean stopped = Await.within(LIMIT, () -> all.stream().noneMatch(ProcessState::isPresent));
		if (!stopped) {
			logger.log(Level.WARNING, "The servers in " + folder + " belong to a JVM that has ended, "
					+ "and cannot be stopped: end the processes " + all + " and delete the folder");
		}
		return stopped;
	}

	private static boolean isServerIn(Path folder, Path binaries, ProcessHandle.Info process) {
		return process.commandLine().filter((line) -> line.startsWith(binaries + "/")).isPresent()
				&& process.arguments().filter((arguments) -> isIn(folder, arguments)).isPresent();
	}

	private static boolean isIn(Path folder, String[] arguments) {
		return Stream.of(arguments).anyMatch((argument) -> argument.startsWith(folder + "/"));
	}

}
