package dev.tidemark.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * How to run PostgreSQL, which refuses to run as root.
 *
 * @param prefix what to put before a command; empty for ordinary users
 * @param uid the user that the command's files must be given to, or {@code null} when
 * they can stay with the current user
 */
record Privileges(List<String> prefix, @Nullable Integer uid) {

	private static final int ROOT = 0;

	private static final int NOBODY = 65534;

	/**
	 * Find a way that works on this machine.
	 * @param user the current user
	 * @throws IllegalStateException when the current user is root and there is none
	 */
	static Privileges find(UserFolder user) {
		if (user.uid() != ROOT) {
			return new Privileges(List.of(), null);
		}
		// In a user namespace of its own a process of root's is a process of nobody's,
		// and still owns root's files. Not every container allows that.
		Privileges namespace = new Privileges(List.of("unshare", "--user"), null);
		Privileges nobody = new Privileges(
				List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"), NOBODY);
		return Stream.of(namespace, nobody)
			.filter((privileges) -> Command.succeeds(privileges.applyTo("true")))
			.findFirst()
			.orElseThrow(() -> new IllegalStateException(
					"PostgreSQL does not run as root, and neither 'unshare --user' nor 'setpriv --reuid' works here "
							+ "to run it as somebody else. Install util-linux, or run the tests as an ordinary user"));
	}

	List<String> applyTo(String... command) {
		return Stream.concat(this.prefix.stream(), Stream.of(command)).toList();
	}

	/**
	 * Give a folder or file to the user that the commands run as.
	 */
	void give(Path tree) throws IOException {
		if (this.uid == null) {
			return;
		}
		for (Path path : FileTree.list(tree)) {
			Files.setAttribute(path, "unix:uid", this.uid, LinkOption.NOFOLLOW_LINKS);
		}
	}

}
