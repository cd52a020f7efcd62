package dev.tidemark.test;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A JVM of its own that runs {@link ServersMain}.
 */
final class ForkedJvm implements AutoCloseable {

	/**
	 * What the program needs, and nothing of what only tests need.
	 */
	private static final List<String> LIBRARIES = List.of("classes", "postgresql", "jspecify", "commons-", "xz-",
			"embedded-", "guava", "failureaccess");

	private final Process process;

	private final BufferedReader output;

	private List<ProcessHandle> servers = List.of();

	private ForkedJvm(Process process) {
		this.process = process;
		this.output = process.inputReader(StandardCharsets.UTF_8);
	}

	/**
	 * Start the program.
	 * @param prefix what to put before the command
	 * @param classPath the class path of the program
	 * @param temporary its folder for temporary files
	 * @param environment additional environment variables
	 */
	static ForkedJvm start(List<String> prefix, String classPath, Path temporary, Map<String, String> environment)
			throws IOException {
		List<String> command = new ArrayList<>(prefix);
		command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Djava.io.tmpdir=" + temporary, "-cp", classPath, ServersMain.class.getName()));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
		builder.environment().putAll(environment);
		return new ForkedJvm(builder.start());
	}

	static String classPath() {
		return String.join(File.pathSeparator, libraries().map(Path::toString).toList());
	}

	/**
	 * A class path of copies that every user can read.
	 */
	static String classPathFor(Path folder) throws IOException {
		List<String> copies = new ArrayList<>();
		for (Path library : libraries().toList()) {
			Path copy = folder.resolve(copies.size() + "-" + library.getFileName());
			FileTree.copy(library, copy);
			copies.add(copy.toString());
		}
		return String.join(File.pathSeparator, copies);
	}

	private static Stream<Path> libraries() {
		return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
			.map(Path::of)
			.filter((library) -> LIBRARIES.stream().anyMatch(library.getFileName().toString()::contains))
			.filter(Files::exists);
	}

	/**
	 * Wait until the servers run, and return the folder of their data.
	 */
	Path awaitFolder() throws IOException {
		List<String> lines = new ArrayList<>();
		for (String line = this.output.readLine(); line != null; line = this.output.readLine()) {
			if (line.startsWith("/") && Files.isDirectory(Path.of(line))) {
				this.servers = this.process.descendants().toList();
				return Path.of(line);
			}
			lines.add(line);
		}
		throw new AssertionError("The program has ended: " + String.join(System.lineSeparator(), lines));
	}

	/**
	 * Wait until the program ends, and return what it has written.
	 */
	String awaitEnd() throws IOException {
		String written = String.join(System.lineSeparator(), this.output.lines().toList());
		awaitExit();
		return written;
	}

	private void awaitExit() {
		try {
			if (!this.process.waitFor(60, TimeUnit.SECONDS)) {
				throw new AssertionError("The program does not end");
			}
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

	/**
	 * The servers with all their processes.
	 */
	List<ProcessHandle> servers() {
		return this.servers;
	}

	/**
	 * Let the program end as programs do.
	 */
	String end() throws IOException {
		try (OutputStream input = this.process.getOutputStream()) {
			input.write('\n');
		}
		return awaitEnd();
	}

	void kill() {
		this.process.destroyForcibly();
		awaitExit();
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
		this.servers.forEach(ProcessHandle::destroyForcibly);
	}

}
