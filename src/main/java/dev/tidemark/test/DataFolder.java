package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The data folder of one PostgreSQL server.
 *
 * @param path the folder
 * @param binaries the binaries that run on it
 * @param privileges how to run them
 */
record DataFolder(Path path, PostgresBinaries binaries, Privileges privileges) {

	// Lines of postmaster.pid, counted from 0.

	private static final int PID_LINE = 0;

	private static final int SHARED_MEMORY_LINE = 6;

	private static final int STATUS_LINE = 7;

	/**
	 * Create the folder with a new, empty cluster.
	 * @param superuser the name of the superuser
	 * @param password the superuser's password
	 * @throws ServerStartException when {@code initdb} fails
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
	DataFolder copyForStandby(Path target) {
		try {
			FileTree.copy(this.path, target);
			Files.createFile(target.resolve("standby.signal"));
			this.privileges.give(target);
			return new DataFolder(target, this.binaries, this.privileges);
		}
		catch (IOException ex) {
			throw new IllegalStateException("Cannot copy the data of PostgreSQL", ex);
		}
	}

	/**
	 * Replace the configuration file, which the next start of the server reads.
	 */
	void configure(Configuration configuration) {
		try {
			Path file = Files.write(this.path.resolve("postgresql.conf"), configuration.lines());
			this.privileges.give(file);
		}
		catch (IOException ex) {
			throw new IllegalStateException("Cannot configure PostgreSQL", ex);
		}
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
		return lineOfServer(PID_LINE).equals(Long.toString(pid)) && lineOfServer(STATUS_LINE).equals("ready");
	}

	/**
	 * Remove the few bytes of System V shared memory that a killed server leaves behind.
	 * Systems have room for a limited number of these, macOS for 32.
	 */
	void releaseSharedMemory() {
		String[] keyAndId = lineOfServer(SHARED_MEMORY_LINE).split(" +");
		if (keyAndId.length == 2) {
			Command.succeeds(this.privileges.applyTo("ipcrm", "-m", keyAndId[1]));
		}
	}

	private String lineOfServer(int line) {
		try {
			List<String> lines = Files.readAllLines(this.path.resolve("postmaster.pid"));
			return (lines.size() > line) ? lines.get(line).trim() : "";
		}
		catch (IOException ex) {
			// Not written yet, or the server has ended.
			return "";
		}
	}

}
