package dev.tidemark.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The user of {@code docker/redis/users.acl}, who may do what Tidemark needs and no more.
 */
public final class RedisUser {

	/** The name. */
	public static final String NAME = "tidemark";

	/** The password. */
	public static final String PASSWORD = "tidemark";

	private RedisUser() {
	}

	/**
	 * Return what adds the user to a server that has another one for everything else.
	 * @return arguments of {@code redis-server}
	 */
	public static String[] serverArguments() {
		return ("--" + line()).split(" ");
	}

	private static String line() {
		try {
			List<String> lines = Files.readAllLines(Path.of("docker/redis/users.acl"));
			return lines.stream().filter((line) -> line.startsWith("user " + NAME + " ")).findFirst().orElseThrow();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
