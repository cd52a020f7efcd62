package dev.tidemark.test;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs commands of the operating system, in an environment that does not depend on the
 * user's locale and PostgreSQL variables.
 */
final class Command {

	private static final long LIMIT_SECONDS = 60;

	private Command() {
	}

	/**
	 * Start a command that reads nothing.
	 * @throws IOException when it cannot be executed
	 */
	static Process start(List<String> command, Redirect output) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(command).redirectInput(Redirect.from(new File("/dev/null")))
			.redirectErrorStream(true)
			.redirectOutput(output)
			.directory(new File("/"));
		builder.environment().keySet().removeIf((name) -> name.startsWith("PG") || name.startsWith("LC_"));
		builder.environment().put("LC_ALL", "C");
		return builder.start();
	}

	/**
	 * Run a command to its end.
	 * @param log a file that its output is appended to
	 * @return its exit code
	 * @throws IOException when it cannot be executed
	 */
	static int run(List<String> command, Path log) throws IOException {
		return exitCode(command, start(command, Redirect.appendTo(log.toFile())));
	}

	/**
	 * Run a command to its end and discard what it writes.
	 * @return whether it exists and ended with exit code 0
	 */
	static boolean succeeds(List<String> command) {
		try {
			return exitCode(command, start(command, Redirect.DISCARD)) == 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	private static int exitCode(List<String> command, Process process) {
		try {
			if (process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
				return process.exitValue();
			}
			throw new IllegalStateException(command + " did not end within " + LIMIT_SECONDS + " seconds");
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException("Interrupted while running " + command, ex);
		}
		finally {
			process.destroyForcibly();
		}
	}

}
