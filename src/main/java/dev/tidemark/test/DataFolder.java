package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The data folder of one PostgreSQL server.
 *
 * @param path the folder
 * @param binaries the binaries that run on it
 * @param privileges how to run them
 */
record DataFolder(Path path, PostgresBinaries binaries, Privileges privileges) {

	private static final int STATUS_LINE = 7;

	/**
	 * Create the folder with a new, empty cluster.
	 * @param superuser the name of the superuser
	 * @param password the superuser's password
	 * @throws IOException when files cannot be written
	 * @throws IllegalStateException when {@code initdb} fails
	 */
	void initialize(String superuser, String password) throws IOException {
		Files.createDirectory(this.path);
		Path passwordFile = Files.createTempFile(this.path.getParent(), "initdb", null);
		Files.writeString(passwordFile, password);
		this.privileges.give(this.path);
		this.privileges.give(passwordFile);
		ServerLog log = new ServerLog(this.path.resolveSibling("initdb.log"));
		List<String> command = this.privileges.applyTo(this.binaries.initdb(), "--pgdata=" + this.path,
				"--username=" + superuser, "--pwfile=" + passwordFile, "--auth=scram-sha-256", "--encoding=UTF8",
				"--no-locale", "--no-sync", "--no-instructions");
		if (Command.run(command, log.file()) != 0) {
			throw new ServerStartException("Cannot create a PostgreSQL cluster: " + command + " failed", log, 0, false);
		}
		Files.delete(passwordFile);
	}

	/**
	 * Create the data folder of a standby as a copy of this one, whose server must not
	 * run.
	 * @param target a folder that does not exist
	 */
	DataFolder copyForStandby(Path target) throws IOException {
		FileTree.copy(this.path, target);
		Files.createFile(target.resolve("standby.signal"));
		this.privileges.give(target);
		return new DataFolder(target, this.binaries, this.privileges);
	}

	/**
	 * Replace the configuration; takes effect at the next start of the server.
	 * @param settings unquoted values by name of the parameter
	 */
	void configure(Map<String, String> settings) throws IOException {
		Path file = this.path.resolve("postgresql.conf");
		Files.write(file,
				settings.entrySet()
					.stream()
					.map((setting) -> setting.getKey() + " = " + quote(setting.getValue()))
					.toList());
		this.privileges.give(file);
	}

	/**
	 * The command that becomes the server.
	 */
	List<String> serverCommand() {
		return this.privileges.applyTo(this.binaries.postgres(), "-D", this.path.toString());
	}

	/**
	 * Whether the server accepts connections.
	 * @param pid the id of the server's process; the folder may still tell of the process
	 * before
	 */
	boolean isReady(long pid) {
		try {
			List<String> lines = Files.readAllLines(this.path.resolve("postmaster.pid"));
			return lines.size() > STATUS_LINE && lines.get(0).equals(Long.toString(pid))
					&& lines.get(STATUS_LINE).trim().equals("ready");
		}
		catch (IOException ex) {
			// Not written yet, or being written.
			return false;
		}
	}

	static String quote(String value) {
		return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'";
	}

}
